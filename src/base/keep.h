#ifndef ENC_BASE_KEEP_H
#define ENC_BASE_KEEP_H

/*
 * Storage for a struct whose members point to copies. All the copies are freed
 * together. The storage is a void *, which is NULL while there are no copies.
 */

#include <stddef.h>

/* enc_keep_room() - allocate zeroed bytes that are freed with the storage */
void *enc_keep_room(void **memory, size_t length);

/*
 * enc_keep_bytes(), enc_keep_text() - copy bytes or a text into the storage,
 * and add a NUL. Return the copy; NULL for NULL.
 */
const void *enc_keep_bytes(void **memory, const void *bytes, size_t length);
const char *enc_keep_text(void **memory, const char *text);

/* enc_keep_release() - free all the copies and set *memory to NULL */
void enc_keep_release(void **memory);

#endif
