#ifndef ENC_BASE_DEF_H
#define ENC_BASE_DEF_H

/*
 * Basic macros and functions for every file: attributes, handing over
 * ownership, assertions that stay on in release builds, allocation that never
 * returns NULL. This header includes no other header of Enclave.
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

/* Returns the struct that contains @member, given a pointer to that member. */
#define ENC_HOLDER(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/*
 * Hands a pointer over: evaluates to its value, and sets the variable to NULL.
 */
#define ENC_TAKE(pointer)                               \
	__extension__({                                 \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                       \
		taken_;                                 \
	})

/*
 * Hands a descriptor over: evaluates to its value, and sets the variable to -1.
 */
#define ENC_TAKE_FD(fd)            \
	__extension__({            \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

/* Ignores a result on purpose. gcc warns about a plain cast to void. */
#define ENC_IGNORE(call) ((void)!(call))

/*
 * Aborts if @condition is false. Use it only to find bugs of Enclave, never to
 * check input or results of system calls. Stays on in release builds.
 */
#define ENC_ASSERT(condition) \
	((condition) ? (void)0 : enc_bug(__FILE__, __LINE__, #condition))

/*
 * Makes a call that must return 0; anything else is a bug of Enclave and
 * aborts. An ENC_ASSERT, in contrast, must have no side effect, so that a
 * reader may skip it; tools/check-rooms checks that.
 *
 * The macro has no parentheses around `call`, so that gcc refuses
 * ENC_MUST(call() == 0).
 * NOLINTBEGIN(bugprone-macro-parentheses)
 */
#define ENC_MUST(call) \
	(call == 0 ? (void)0 : enc_bug(__FILE__, __LINE__, #call))
/* NOLINTEND(bugprone-macro-parentheses) */

/*
 * enc_bug() - report a bug and abort; the supervisor of the process logs its
 * death
 */
static inline _Noreturn void enc_bug(const char *file, int line,
				     const char *condition)
{
	(void)fprintf(stderr, "BUG %s:%d: %s\n", file, line, condition);
	abort();
}

/*
 * enc_try_alloc() - allocate zeroed memory; NULL if there is none. The caller
 * frees it.
 */
static inline void *enc_try_alloc(size_t size)
{
	return calloc(1, size);
}

/*
 * enc_xalloc() - allocate zeroed memory, or abort; never NULL. The caller frees
 * it. @size must not come from outside.
 */
static inline void *enc_xalloc(size_t size)
{
	void *memory = calloc(1, size);

	ENC_ASSERT(memory != NULL);
	return memory;
}

/*
 * enc_xstrdup() - copy a text, or abort; never NULL. The caller frees it. The
 * length of @text must be limited.
 */
static inline char *enc_xstrdup(const char *text)
{
	char *copy = strdup(text);

	ENC_ASSERT(copy != NULL);
	return copy;
}

/*
 * enc_xprintf() - format a text on the heap, or abort; never NULL. The caller
 * frees it. The length of the text must be limited.
 */
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

/*
 * enc_autofree_() - free the memory that a local pointer owns. memcpy() reads
 * the pointer, because C forbids to read a T * as a void *.
 */
static inline void enc_autofree_(void *pointer)
{
	void *memory;

	memcpy(&memory, pointer, sizeof(memory));
	free(memory);
}

/*
 * Attributes for local variables: enc_autofree frees heap memory at the end of
 * the scope; ENC_AUTO(name) declares a struct enc_<name> that enc_<name>_done()
 * releases at the end of the scope.
 */
#define enc_autofree __attribute__((cleanup(enc_autofree_)))
#define ENC_AUTO(name) \
	__attribute__((cleanup(enc_##name##_done))) struct enc_##name

#endif
