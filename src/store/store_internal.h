#ifndef ENC_STORE_STORE_INTERNAL_H
#define ENC_STORE_STORE_INTERNAL_H

/* Gives store_read.c access to struct enc_store, which store.c defines. */

#include "store_impl.h"

/* The highest number given so far; 0 if it wasn't read from the store yet. */
struct enc_store_counter {
	struct enc_list link;
	uint64_t highest;
	/* Organisation whose sessions are counted; "" counts organisations. */
	char org[ENC_STORE_ID_MAX_BYTES + 1];
};

struct enc_store_impl *enc_store_impl_of(struct enc_store *store);

/*
 * enc_store_counter_of() - find or make the counter for @org; it lives as long
 * as the store
 */
struct enc_store_counter *enc_store_counter_of(struct enc_store *store,
					       const char *org);

#endif
