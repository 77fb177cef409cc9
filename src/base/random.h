#ifndef ENC_BASE_RANDOM_H
#define ENC_BASE_RANDOM_H

#include <stddef.h>

/*
 * enc_random_bytes() - get random bytes from the kernel, for ids, salts and
 * keys; aborts on failure
 */
void enc_random_bytes(void *ret_bytes, size_t length);

#endif
