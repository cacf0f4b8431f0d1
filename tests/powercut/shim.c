/* Record what a process does to the files of some folders, call by call: LD_PRELOAD.

   Every call that changes a file, a name or what is through to the medium is done under one lock and told
   in the order in which it was done, whoever made it: SQLite, Python, or C inside Python. Nothing is changed
   on the way. `powercut_roots` begins and ends it, `powercut_mark` puts a note between two calls.

   Event: kind (1), length of the first name (4), of the second (4), inode (8), offset (8), length of the
   data (8), names, data. Little-endian, as on every machine that this runs on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, CREATE, UNLINK, RENAME, LINK, SYNC, SYNC_NAMES, MARK };

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char roots[4][PATH_MAX];
static int root_count;
static char *buffer;
static size_t used, room;

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static void put(const void *data, size_t size) {
    if (used + size > room) {
        room = (used + size) * 2 + (1 << 20);
        buffer = realloc(buffer, room);
        if (!buffer) abort();
    }
    if (size) memcpy(buffer + used, data, size);
    used += size;
}

static void tell(uint8_t kind, const char *one, const char *two, uint64_t inode, uint64_t offset,
                 const void *data, uint64_t size) {
    uint32_t n = one ? strlen(one) : 0, m = two ? strlen(two) : 0;
    put(&kind, 1); put(&n, 4); put(&m, 4); put(&inode, 8); put(&offset, 8); put(&size, 8);
    put(one, n); put(two, m); put(data, size);
}

static int inside(const char *path) {
    for (int i = 0; i < root_count; i++) {
        size_t n = strlen(roots[i]);
        if (!strncmp(path, roots[i], n) && (path[n] == '/' || !path[n])) return 1;
    }
    return 0;
}

/* Where a name leads to, without following it. */
static int absolute(int folder, const char *name, char *out) {
    if (name[0] == '/') { snprintf(out, PATH_MAX, "%s", name); return 1; }
    char link[64], base[PATH_MAX];
    ssize_t n;
    if (folder == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) return 0;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        n = readlink(link, base, sizeof base - 1);
        if (n < 0) return 0;
        base[n] = 0;
    }
    return snprintf(out, PATH_MAX, "%s/%s", base, name) < PATH_MAX;
}

static int path_of(int fd, char *out) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    if (n < 0) return 0;
    out[n] = 0;
    return inside(out);
}

static uint64_t inode_of(int fd) {
    struct stat found;
    return fstat(fd, &found) ? 0 : found.st_ino;
}

void powercut_roots(const char *const *names, int count) {
    pthread_mutex_lock(&lock);
    used = 0;
    root_count = count > 4 ? 4 : count;
    for (int i = 0; i < root_count; i++) snprintf(roots[i], PATH_MAX, "%s", names[i]);
    pthread_mutex_unlock(&lock);
}

void powercut_mark(const void *data, uint64_t size) {
    pthread_mutex_lock(&lock);
    if (root_count) tell(MARK, 0, 0, 0, 0, data, size);
    pthread_mutex_unlock(&lock);
}

uint64_t powercut_size(void) { return used; }
const char *powercut_data(void) { return buffer; }

/* A process that is to be killed leaves what it told in a file: roots and file come from the environment.
   It is the first process that finds them there, also after it took its own place by exec, and no child of it. */
static int spill = -1;
static long none = 0, *left = &none; /* calls until the end, 0 for never; in a file that others may write */

__attribute__((constructor)) static void begin(void) {
    const char *names = getenv("POWERCUT_ROOTS"), *file = getenv("POWERCUT_FILE"),
               *count = getenv("POWERCUT_AFTER"), *shared = getenv("POWERCUT_LEFT");
    if (!names || !file) return;
    char own[32];
    snprintf(own, sizeof own, "%ld", (long)getpid());
    setenv("POWERCUT_PROCESS", own, 0);
    if (strcmp(getenv("POWERCUT_PROCESS"), own)) return;
    char copy[4 * PATH_MAX], *rest = copy, *one;
    snprintf(copy, sizeof copy, "%s", names);
    while (root_count < 4 && (one = strsep(&rest, ":"))) snprintf(roots[root_count++], PATH_MAX, "%s", one);
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    spill = real(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (shared) {
        int fd = real(shared, O_RDWR | O_CLOEXEC);
        left = mmap(0, sizeof *left, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (left == MAP_FAILED) abort();
        close(fd);
    } else if (count) none = atol(count);
}

static void flush(void) {
    if (spill < 0 || !used) return;
    ssize_t (*real)(int, const void *, size_t) =
        (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (real(spill, buffer, used) < 0) abort();
    used = 0;
    if (*left > 0 && !--*left) kill(getpid(), 9);
}

#define IN int saved; pthread_mutex_lock(&lock)
#define OUT saved = errno; if (root_count) flush(); pthread_mutex_unlock(&lock); errno = saved

static int opened(int fd, const char *path, int existed, int flags) {
    if (fd < 0) return fd;
    if ((flags & O_CREAT) && !existed) tell(CREATE, path, 0, inode_of(fd), 0, 0, 0);
    else if (flags & O_TRUNC) tell(TRUNCATE, path, 0, inode_of(fd), 0, 0, 0);
    return fd;
}

static int do_open(int folder, const char *name, int flags, mode_t mode) {
    REAL(int, "openat64", int, const char *, int, ...);
    char path[PATH_MAX];
    if (!root_count || !(flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE ||
        !absolute(folder, name, path) || !inside(path))
        return real(folder, name, flags, mode);
    struct stat found;
    IN;
    int existed = !lstat(path, &found);
    int fd = opened(real(folder, name, flags, mode), path, existed, flags);
    OUT;
    return fd;
}

#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list a; va_start(a, flags); mode = va_arg(a, mode_t); va_end(a); }
int open(const char *p, int flags, ...) { MODE return do_open(AT_FDCWD, p, flags, mode); }
int open64(const char *p, int flags, ...) { MODE return do_open(AT_FDCWD, p, flags, mode); }
int openat(int d, const char *p, int flags, ...) { MODE return do_open(d, p, flags, mode); }
int openat64(int d, const char *p, int flags, ...) { MODE return do_open(d, p, flags, mode); }
int __open_2(const char *p, int flags) { return do_open(AT_FDCWD, p, flags, 0); }
int __open64_2(const char *p, int flags) { return do_open(AT_FDCWD, p, flags, 0); }
int __openat_2(int d, const char *p, int flags) { return do_open(d, p, flags, 0); }
int __openat64_2(int d, const char *p, int flags) { return do_open(d, p, flags, 0); }
int creat(const char *p, mode_t mode) { return do_open(AT_FDCWD, p, O_CREAT | O_WRONLY | O_TRUNC, mode); }

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    char path[PATH_MAX];
    if (!root_count || !path_of(fd, path)) return real(fd, data, size);
    IN;
    struct stat found;
    fstat(fd, &found);
    off_t at = fcntl(fd, F_GETFL) & O_APPEND ? found.st_size : lseek(fd, 0, SEEK_CUR);
    ssize_t done = real(fd, data, size);
    if (done > 0) tell(WRITE, path, 0, found.st_ino, at, data, done);
    OUT;
    return done;
}

static ssize_t do_pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
    char path[PATH_MAX];
    if (!root_count || !path_of(fd, path)) return real(fd, data, size, at);
    IN;
    ssize_t done = real(fd, data, size, at);
    if (done > 0) tell(WRITE, path, 0, inode_of(fd), at, data, done);
    OUT;
    return done;
}
ssize_t pwrite(int fd, const void *d, size_t n, off_t at) { return do_pwrite(fd, d, n, at); }
ssize_t pwrite64(int fd, const void *d, size_t n, off_t at) { return do_pwrite(fd, d, n, at); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    if (!root_count || !path_of(fd, path)) return real(fd, parts, count);
    ssize_t sum = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = write(fd, parts[i].iov_base, parts[i].iov_len);
        if (done < 0) return sum ? sum : done;
        sum += done;
    }
    return sum;
}

static ssize_t copied(int out, int in, off_t *from, size_t size) {
    char *data = malloc(size ? size : 1);
    if (!data) abort();
    ssize_t got = from ? pread(in, data, size, *from) : read(in, data, size);
    if (got > 0) got = write(out, data, got);
    if (got > 0 && from) *from += got;
    free(data);
    return got;
}
static ssize_t do_sendfile(int out, int in, off_t *from, size_t size) {
    REAL(ssize_t, "sendfile64", int, int, off_t *, size_t);
    char path[PATH_MAX];
    if (!root_count || !path_of(out, path)) return real(out, in, from, size);
    return copied(out, in, from, size > (1 << 22) ? (1 << 22) : size);
}
ssize_t sendfile(int out, int in, off_t *from, size_t n) { return do_sendfile(out, in, from, n); }
ssize_t sendfile64(int out, int in, off_t *from, size_t n) { return do_sendfile(out, in, from, n); }

static int do_ftruncate(int fd, off_t size) {
    REAL(int, "ftruncate64", int, off_t);
    char path[PATH_MAX];
    if (!root_count || !path_of(fd, path)) return real(fd, size);
    IN;
    int done = real(fd, size);
    if (!done) tell(TRUNCATE, path, 0, inode_of(fd), size, 0, 0);
    OUT;
    return done;
}
int ftruncate(int fd, off_t size) { return do_ftruncate(fd, size); }
int ftruncate64(int fd, off_t size) { return do_ftruncate(fd, size); }

static int do_truncate(const char *name, off_t size) {
    REAL(int, "truncate64", const char *, off_t);
    char path[PATH_MAX];
    if (!root_count || !absolute(AT_FDCWD, name, path) || !inside(path)) return real(name, size);
    struct stat found;
    IN;
    int done = real(name, size);
    if (!done && !stat(path, &found)) tell(TRUNCATE, path, 0, found.st_ino, size, 0, 0);
    OUT;
    return done;
}
int truncate(const char *name, off_t size) { return do_truncate(name, size); }
int truncate64(const char *name, off_t size) { return do_truncate(name, size); }

static int synced(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    if (!root_count || !path_of(fd, path)) return real(fd);
    struct stat found;
    IN;
    int done = real(fd);
    fstat(fd, &found);
    if (!done) tell(S_ISDIR(found.st_mode) ? SYNC_NAMES : SYNC, path, 0, found.st_ino, 0, 0, 0);
    OUT;
    return done;
}
int fsync(int fd) { REAL(int, "fsync", int); return synced(fd, real); }
int fdatasync(int fd) { REAL(int, "fdatasync", int); return synced(fd, real); }

static int gone(int folder, const char *name, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    char path[PATH_MAX];
    if (!root_count || !absolute(folder, name, path) || !inside(path)) return real(folder, name, flags);
    IN;
    int done = real(folder, name, flags);
    if (!done) tell(UNLINK, path, 0, 0, 0, 0, 0);
    OUT;
    return done;
}
int unlink(const char *name) { return gone(AT_FDCWD, name, 0); }
int unlinkat(int folder, const char *name, int flags) { return gone(folder, name, flags); }

static int renamed(int from, const char *one, int to, const char *two) {
    REAL(int, "renameat", int, const char *, int, const char *);
    char old[PATH_MAX], new[PATH_MAX];
    if (!root_count || !absolute(from, one, old) || !absolute(to, two, new) || !(inside(old) || inside(new)))
        return real(from, one, to, two);
    IN;
    int done = real(from, one, to, two);
    if (!done) tell(RENAME, old, new, 0, 0, 0, 0);
    OUT;
    return done;
}
int rename(const char *one, const char *two) { return renamed(AT_FDCWD, one, AT_FDCWD, two); }
int renameat(int f, const char *one, int t, const char *two) { return renamed(f, one, t, two); }

static int linked(int from, const char *one, int to, const char *two, int flags) {
    REAL(int, "linkat", int, const char *, int, const char *, int);
    char old[PATH_MAX], new[PATH_MAX];
    if (!root_count || !absolute(from, one, old) || !absolute(to, two, new) || !inside(new))
        return real(from, one, to, two, flags);
    IN;
    int done = real(from, one, to, two, flags);
    if (!done) tell(LINK, old, new, 0, 0, 0, 0);
    OUT;
    return done;
}
int link(const char *one, const char *two) { return linked(AT_FDCWD, one, AT_FDCWD, two, 0); }
int linkat(int f, const char *o, int t, const char *w, int fl) { return linked(f, o, t, w, fl); }
