"""Build the compiled core with cffi, beside this file.

Run as `python -m crypto._core.build`. Without a C compiler it fails, and everything works without the core,
more slowly.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from cffi import FFI  # type: ignore[import-untyped]

HERE = Path(__file__).parent
DECLARATIONS = """
unsigned point_bytes(void);
unsigned decode(unsigned n, const unsigned char *in, void *out, unsigned char *ok);
unsigned in_group(unsigned n, const void *points, unsigned char *ok);
unsigned buckets_in_group(unsigned n, const void *points, const unsigned char *where, void *buckets);
void encode_many(unsigned n, const void *points, unsigned char *out, void *work);
unsigned msm_work(unsigned n, unsigned w);
void msm(unsigned n, const unsigned char *scalars, const void *points, unsigned w, void *work, void *out);
unsigned decode_kept(unsigned n, const unsigned char *in, void *out, unsigned char *ok);
unsigned members(unsigned n, const unsigned char *in, unsigned char *ok, int keeping);
unsigned sums_work(unsigned n);
unsigned sums_of_two(unsigned n, const unsigned char *s, const unsigned char *a, unsigned a_each,
                     const unsigned char *c, const unsigned char *b, unsigned b_each, unsigned char *out,
                     void *work);
unsigned add_many(unsigned n, const unsigned char *a, const unsigned char *b, int negative,
                  unsigned char *out, void *work);
unsigned sum_of_two(const unsigned char *s, const unsigned char *a, const unsigned char *c,
                    const unsigned char *b, unsigned char *out);
"""


def build(extra: tuple[str, ...] = ()) -> Path:
    """Compile the core and return its file. extra: further options of the compiler."""
    ffi = FFI()
    ffi.cdef(DECLARATIONS)
    ffi.set_source(
        "_amin_core",
        f'#include "{HERE / "steps.c"}"',
        extra_compile_args=[
            "-O3",
            "-std=gnu11",
            "-Wno-unused-function",
            "-Wno-pointer-sign",
            *extra,
        ],
        extra_link_args=list(extra),
    )
    with tempfile.TemporaryDirectory() as folder:
        made = Path(ffi.compile(tmpdir=folder))
        final = HERE / made.name
        # Another process may load the old file at this moment: replace it as a whole.
        staged = final.with_suffix(f".{os.getpid()}")
        staged.write_bytes(made.read_bytes())
        staged.replace(final)
    return final


if __name__ == "__main__":
    sys.stdout.write(f"{build()}\n")
