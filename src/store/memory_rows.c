#include "memory_rows.h"

/* ---- finding ---- */

struct enc_memory_session *enc_memory_find_session(struct enc_memory *store,
						   const char *id)
{
	ENC_LIST_EACH(store->sessions, at)
	{
		struct enc_memory_session *session =
			ENC_HOLDER(at, struct enc_memory_session, link);

		if (strcmp(session->row.id, id) == 0) {
			return session;
		}
	}
	return NULL;
}

struct enc_memory_org *enc_memory_find_org(struct enc_memory *store,
					   const char *id)
{
	ENC_LIST_EACH(store->orgs, at)
	{
		struct enc_memory_org *org =
			ENC_HOLDER(at, struct enc_memory_org, link);

		if (strcmp(org->row.id, id) == 0) {
			return org;
		}
	}
	return NULL;
}

struct enc_memory_key *enc_memory_find_key(struct enc_memory *store,
					   const char *id)
{
	ENC_LIST_EACH(store->keys, at)
	{
		struct enc_memory_key *key =
			ENC_HOLDER(at, struct enc_memory_key, link);

		if (strcmp(key->row.id, id) == 0) {
			return key;
		}
	}
	return NULL;
}

struct enc_memory_idempotency *
enc_memory_find_idempotency(struct enc_memory *store, const char *org,
			    const char *key)
{
	ENC_LIST_EACH(store->idempotencies, at)
	{
		struct enc_memory_idempotency *record =
			ENC_HOLDER(at, struct enc_memory_idempotency, link);

		if (strcmp(record->row.org, org) == 0 &&
		    strcmp(record->row.key, key) == 0) {
			return record;
		}
	}
	return NULL;
}

uint64_t enc_memory_last_seq(struct enc_memory_session *session)
{
	return enc_list_empty(&session->entries)
		       ? 0
		       : ENC_HOLDER(session->entries.previous,
				    struct enc_memory_entry, link)
				 ->row.entry.seq;
}

const char *enc_memory_last_line(struct enc_memory_session *session)
{
	struct enc_list *at = session->entries.previous;

	for (; at != &session->entries; at = at->previous) {
		const struct enc_store_entry *entry =
			&ENC_HOLDER(at, struct enc_memory_entry, link)
				 ->row.entry;

		if (entry->kind == ENC_ENTRY_AUDIT) {
			return entry->data; /* copies end with a NUL */
		}
	}
	return NULL;
}

/* ---- reading ---- */

void enc_memory_visit_entries(struct enc_memory_session *session,
			      const struct enc_store_page *page,
			      enc_store_entry_fn *visit, void *context)
{
	size_t left = page->max_entries == 0 ? SIZE_MAX : page->max_entries;

	ENC_LIST_EACH(session->entries, at)
	{
		const struct enc_store_entry *entry =
			&ENC_HOLDER(at, struct enc_memory_entry, link)
				 ->row.entry;

		if (entry->seq < page->from_seq ||
		    (page->kinds >> entry->kind & 1) == 0) {
			continue;
		}
		if (left-- == 0 || !visit(context, entry)) {
			return;
		}
	}
}

/* ---- freeing ---- */

void enc_memory_free_entry(struct enc_memory_entry *entry)
{
	enc_list_remove(&entry->link);
	enc_store_release(&entry->row.memory);
	free(entry);
}

void enc_memory_free_line(struct enc_memory_line *line)
{
	enc_list_remove(&line->link);
	enc_store_release(&line->row.memory);
	free(line);
}

void enc_memory_free_lines(struct enc_list *lines)
{
	ENC_LIST_EACH(*lines, at)
	{
		enc_memory_free_line(ENC_HOLDER(at, struct enc_memory_line,
						link));
	}
}

void enc_memory_free_session(struct enc_memory_session *session)
{
	enc_list_remove(&session->link);
	ENC_LIST_EACH(session->entries, at)
	{
		enc_memory_free_entry(ENC_HOLDER(at, struct enc_memory_entry,
						 link));
	}
	enc_store_session_done(&session->row);
	enc_store_result_done(&session->result);
	free(session);
}

void enc_memory_free_org(struct enc_memory_org *org)
{
	enc_list_remove(&org->link);
	enc_store_org_done(&org->row);
	free(org);
}

void enc_memory_free_key(struct enc_memory_key *key)
{
	enc_list_remove(&key->link);
	enc_store_key_done(&key->row);
	free(key);
}

void enc_memory_free_idempotency(struct enc_memory_idempotency *record)
{
	enc_list_remove(&record->link);
	enc_store_idempotency_done(&record->row);
	free(record);
}
