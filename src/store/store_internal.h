#ifndef ENC_STORE_STORE_INTERNAL_H
#define ENC_STORE_STORE_INTERNAL_H

/* Access to struct enc_store, which store.c defines, for store_read.c. */

#include "store_impl.h"

/* The highest number given so far; 0: not read from the store yet. */
struct enc_store_counter {
	struct enc_list link;
	uint64_t highest;
	char org[ENC_STORE_ID_MAX_BYTES + 1]; /* "" for organisations */
};

struct enc_store_impl *enc_store_impl_of(struct enc_store *store);

/* enc_store_counter_of() - find or make a counter; it lives with the store */
struct enc_store_counter *enc_store_counter_of(struct enc_store *store,
					       const char *org);

#endif
