/* Tell a program and its children another time of day: SHIFT_S seconds from the machine's.
 *
 * For LD_PRELOAD (ld.so(8)). What waits until a time of day waits as long as it meant to; monotonic clocks, sleeping
 * and times of files stay as they are. Debian 12's libfaketime 0.9.10 fails there: with its monotonic clock a lock of
 * CPython 3.11 is waited for without end (sem_clockwait(3)), without it no sleep begins (clock_nanosleep(2): EINVAL).
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Later than this is a time of day, not one since the machine started: in 2001. */
#define SINCE_START_S 1000000000

static time_t shift;

__attribute__((constructor)) static void begin(void) {
    const char *said = getenv("SHIFT_S");
    shift = said ? atoll(said) : 0;
}

static struct timespec machines(const struct timespec *until) {
    struct timespec own = *until;
    own.tv_sec -= shift;
    return own;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int status = syscall(SYS_clock_gettime, clock, now);
    if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += shift;
    return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now)
        *now = exact.tv_sec;
    return exact.tv_sec;
}

int timespec_get(struct timespec *now, int base) {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
    struct timespec own = machines(until);
    return sem_clockwait(semaphore, CLOCK_REALTIME, &own);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
    struct timespec own = machines(until);
    return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, &own);
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
    struct timespec own = machines(until);
    /* Of which clock a condition is, only the C library knows. */
    if (until->tv_sec < SINCE_START_S)
        return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, until);
    return pthread_cond_clockwait(condition, mutex, CLOCK_REALTIME, &own);
}
