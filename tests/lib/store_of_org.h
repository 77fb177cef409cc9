#ifndef ENC_TESTS_STORE_OF_ORG_H
#define ENC_TESTS_STORE_OF_ORG_H

#include "store.h"
#include "tables.h"

/* open_store_of_org() - open a store in memory that has the organisation o-1 */
static inline struct enc_store *open_store_of_org(uv_loop_t *loop)
{
	const struct enc_store_org org = {
		.base.type = &enc_store_orgs,
		.id = "o-1",
		.number = 1,
		.name = "default",
	};
	struct enc_store_change *change = enc_store_change_new();
	struct enc_store *store;

	assert_int_equal(enc_store_open(&enc_store_memory,
					&(struct enc_store_options){
						.loop = loop },
					&store, NULL),
			 ENC_OK);
	enc_store_insert(change, &org.base);
	enc_store_submit(store, change, NULL, NULL);
	return store;
}

#endif
