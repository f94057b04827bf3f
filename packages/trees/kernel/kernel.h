// What every part of the kernel shares. No libc, no allocation: the caller lays everything out in linear memory and passes addresses.
#ifndef TILLCAST_KERNEL_H
#define TILLCAST_KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef signed char i8;
typedef int i32;
typedef long long i64;

typedef float f32x2 __attribute__((vector_size(8)));
typedef float f32x4 __attribute__((vector_size(16)));
typedef double f64x2 __attribute__((vector_size(16)));
typedef i32 i32x4 __attribute__((vector_size(16)));
typedef i64 i64x2 __attribute__((vector_size(16)));
typedef i8 i8x16 __attribute__((vector_size(16)));
typedef u8 u8x16 __attribute__((vector_size(16)));

#define INLINE static inline __attribute__((always_inline))
#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))
#else
#define EXPORT(name) __attribute__((visibility("default")))
#endif

#endif
