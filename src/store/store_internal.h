#ifndef ENC_STORE_STORE_INTERNAL_H
#define ENC_STORE_STORE_INTERNAL_H

/* What store.c, who has the struct, lends to store_read.c. */

#include "store_impl.h"

/* The highest number that was given, 0 if it is not known yet. */
struct enc_store_counter {
	struct enc_list link;
	uint64_t highest;
	char org[ENC_STORE_ID_MAX_BYTES + 1]; /* "" for organisations */
};

struct enc_store_impl *enc_store_impl_of(struct enc_store *store);

/* enc_store_counter_of() - made if there is none; lives with the store */
struct enc_store_counter *enc_store_counter_of(struct enc_store *store,
					       const char *org);

#endif
