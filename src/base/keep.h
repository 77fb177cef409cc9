#ifndef ENC_BASE_KEEP_H
#define ENC_BASE_KEEP_H

/*
 * Memory of a struct whose members point to copies. All copies are freed
 * together. A memory is a void *, NULL without copies.
 */

#include <stddef.h>

/* enc_keep_room() - zeroed bytes that live as long as @memory */
void *enc_keep_room(void **memory, size_t length);

/* enc_keep_bytes() - a copy, with a NUL behind it; NULL stays NULL */
const void *enc_keep_bytes(void **memory, const void *bytes, size_t length);
const char *enc_keep_text(void **memory, const char *text);

/* enc_keep_release() - free *memory and set it to NULL */
void enc_keep_release(void **memory);

#endif
