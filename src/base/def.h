#ifndef ENC_BASE_DEF_H
#define ENC_BASE_DEF_H

/*
 * The words that every file may use: attributes, taking, asserts that stay on
 * in release, memory that can't be NULL. No side effect, no other header of
 * ours.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENC_NODISCARD __attribute__((warn_unused_result))
#define ENC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ENC_COUNT(array) (sizeof(array) / sizeof(*(array)))
#define ENC_MIN(a, b) ((a) < (b) ? (a) : (b))
#define ENC_MAX(a, b) ((a) > (b) ? (a) : (b))

/* The struct that holds @member, from a pointer to that member. */
#define ENC_HOLDER(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Hands a pointer over: its value is the result, and it is NULL afterwards. */
#define ENC_TAKE(pointer)                               \
	__extension__({                                 \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                       \
		taken_;                                 \
	})

/* Hands a descriptor over: the variable is -1 afterwards. */
#define ENC_TAKE_FD(fd)            \
	__extension__({            \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

/* Ignoring a result on purpose; gcc warns about a plain cast to void. */
#define ENC_IGNORE(call) ((void)!(call))

/* For our own bugs, never for what the world does. Stays on in release. */
#define ENC_ASSERT(condition) \
	((condition) ? (void)0 : enc_bug(__FILE__, __LINE__, #condition))

/*
 * A call that acts, and returns 0 unless we have a bug. An ENC_ASSERT only
 * looks, so that a reader may skip it. tools/check-rooms keeps them apart.
 * It has no parentheses, so that gcc refuses ENC_MUST(call() == 0).
 * NOLINTBEGIN(bugprone-macro-parentheses)
 */
#define ENC_MUST(call) \
	(call == 0 ? (void)0 : enc_bug(__FILE__, __LINE__, #call))
/* NOLINTEND(bugprone-macro-parentheses) */

/* enc_bug() - die where it is found; whoever supervises records the death */
static inline _Noreturn void enc_bug(const char *file, int line,
				     const char *condition)
{
	(void)fprintf(stderr, "BUG %s:%d: %s\n", file, line, condition);
	abort();
}

/* enc_try_alloc() - zeroed memory; NULL if there is none */
static inline void *enc_try_alloc(size_t size)
{
	return calloc(1, size);
}

/* enc_xalloc() - zeroed memory, never NULL; @size never comes from outside */
static inline void *enc_xalloc(size_t size)
{
	void *memory = calloc(1, size);

	ENC_ASSERT(memory != NULL);
	return memory;
}

/* enc_xstrdup() - a copy, never NULL; for text whose length is limited */
static inline char *enc_xstrdup(const char *text)
{
	char *copy = strdup(text);

	ENC_ASSERT(copy != NULL);
	return copy;
}

/* enc_xprintf() - text on the heap, never NULL; its length is limited */
static inline char *ENC_PRINTF(1, 2) enc_xprintf(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	ENC_ASSERT(length >= 0);
	return text;
}

/* enc_autofree_() - memcpy, because a T * may not be read as a void * */
static inline void enc_autofree_(void *pointer)
{
	void *memory;

	memcpy(&memory, pointer, sizeof(memory));
	free(memory);
}

/* On a local that owns heap memory, or a struct with an enc_<name>_done(). */
#define enc_autofree __attribute__((cleanup(enc_autofree_)))
#define ENC_AUTO(name) \
	__attribute__((cleanup(enc_##name##_done))) struct enc_##name

#endif
