#ifndef ENC_STORE_MEMORY_ROWS_H
#define ENC_STORE_MEMORY_ROWS_H

/* The elements of the memory store: how they lie, are found and freed. */

#include "store_impl.h"

struct enc_memory_session {
	struct enc_list link;
	struct enc_store_session row;
	struct enc_list entries; /* struct enc_memory_entry */
	struct enc_store_result result;
	bool has_result;
};

struct enc_memory_entry {
	struct enc_list link;
	struct enc_store_entry_row row;
};

struct enc_memory_line {
	struct enc_list link;
	struct enc_store_line row;
};

struct enc_memory_org {
	struct enc_list link;
	struct enc_store_org row;
};

struct enc_memory_key {
	struct enc_list link;
	struct enc_store_key row;
};

struct enc_memory_idempotency {
	struct enc_list link;
	struct enc_store_idempotency row;
};

struct enc_memory {
	struct enc_store_impl base;
	uv_mutex_t lock;
	struct enc_list sessions;
	struct enc_list orgs;
	struct enc_list keys;
	struct enc_list idempotencies;
	struct enc_list admin; /* struct enc_memory_line */
	struct enc_buf genesis;
	struct enc_list notes;	    /* since begin */
	struct enc_list *savepoint; /* the newest note at that time */
};

/* enc_memory_find_*() - NULL if there is none */
struct enc_memory_session *enc_memory_find_session(struct enc_memory *store,
						   const char *id);
struct enc_memory_org *enc_memory_find_org(struct enc_memory *store,
					   const char *id);
struct enc_memory_key *enc_memory_find_key(struct enc_memory *store,
					   const char *id);
struct enc_memory_idempotency *
enc_memory_find_idempotency(struct enc_memory *store, const char *org,
			    const char *key);

/* enc_memory_last_seq() - of a session's entries; 0 if there is none */
uint64_t enc_memory_last_seq(struct enc_memory_session *session);

/* enc_memory_last_line() - of a session's audit log; NULL if there is none */
const char *enc_memory_last_line(struct enc_memory_session *session);

/* enc_memory_visit_entries() - a page of a session's log, in order */
void enc_memory_visit_entries(struct enc_memory_session *session,
			      const struct enc_store_page *page,
			      enc_store_entry_fn *visit, void *context);

/* enc_memory_free_*() - out of its list, with all that it has */
void enc_memory_free_entry(struct enc_memory_entry *entry);
void enc_memory_free_line(struct enc_memory_line *line);
void enc_memory_free_lines(struct enc_list *lines);
void enc_memory_free_session(struct enc_memory_session *session);
void enc_memory_free_org(struct enc_memory_org *org);
void enc_memory_free_key(struct enc_memory_key *key);
void enc_memory_free_idempotency(struct enc_memory_idempotency *record);

#endif
