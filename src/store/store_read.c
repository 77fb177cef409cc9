#include "store_impl.h"
#include "store_internal.h"

/* A copy of the only visited row, and whether there was one. */
struct found_session {
	struct enc_store_session row;
	/* The organisation that a session must belong to; NULL: any. */
	const char *org;
	bool there;
};

static bool take_session(void *context, const struct enc_store_session *row)
{
	struct found_session *found = context;

	if (found->org == NULL || strcmp(found->org, row->org) == 0) {
		enc_store_copy_session(&found->row, row);
		found->there = true;
	}
	return false;
}

/* missing() - turn a successful read without a row into ENC_NOT_FOUND */
static enum enc_code missing(enum enc_code code, bool there, const char *what,
			     struct enc_error *err)
{
	if (code == ENC_OK && !there) {
		return enc_fail(err, ENC_NOT_FOUND, "there is no such %s",
				what);
	}
	return code;
}

enum enc_code enc_store_get_session(struct enc_store *store, const char *org,
				    const char *id,
				    struct enc_store_session *ret_row,
				    struct enc_error *err)
{
	const struct enc_store_query query = { .id = id };
	struct found_session found = { .org = org };
	struct enc_store_impl *impl = enc_store_impl_of(store);
	enum enc_code code =
		impl->ops->read_sessions(impl, &query, take_session, &found,
					 err);

	if (code == ENC_OK && found.there) {
		*ret_row = found.row;
	}
	return missing(code, found.there, "session", err);
}

enum enc_code enc_store_list_sessions(struct enc_store *store,
				      const struct enc_store_filter *filter,
				      enc_store_session_fn *visit,
				      void *context, struct enc_error *err)
{
	const struct enc_store_query query = { .filter = filter };
	struct enc_store_impl *impl = enc_store_impl_of(store);

	ENC_ASSERT(filter->like.org != NULL && filter->limit > 0 &&
		   filter->limit <= ENC_STORE_PAGE_MAX &&
		   filter->label_count <= ENC_STORE_FILTER_LABELS_MAX);
	return impl->ops->read_sessions(impl, &query, visit, context, err);
}

enum enc_code enc_store_list_unfinished(struct enc_store *store,
					enc_store_session_fn *visit,
					void *context, struct enc_error *err)
{
	const struct enc_store_query query = { .unfinished = true };
	struct enc_store_impl *impl = enc_store_impl_of(store);

	return impl->ops->read_sessions(impl, &query, visit, context, err);
}

enum enc_code enc_store_list_old(struct enc_store *store, int64_t before_ms,
				 unsigned int limit,
				 enc_store_session_fn *visit, void *context,
				 struct enc_error *err)
{
	const struct enc_store_query query = { .old_ms = before_ms,
					       .old_limit = limit };
	struct enc_store_impl *impl = enc_store_impl_of(store);

	ENC_ASSERT(limit > 0);
	return impl->ops->read_sessions(impl, &query, visit, context, err);
}

/*
 * The visit of a page with a limit of bytes. The entry that reaches the limit
 * is the last one.
 */
struct page_visit {
	enc_store_entry_fn *visit;
	void *context;
	size_t left_bytes;
};

static bool take_entry(void *context, const struct enc_store_entry *entry)
{
	struct page_visit *page = context;

	if (!page->visit(page->context, entry) ||
	    entry->length >= page->left_bytes) {
		return false;
	}
	page->left_bytes -= entry->length;
	return true;
}

enum enc_code enc_store_read_entries(struct enc_store *store,
				     const char *session,
				     const struct enc_store_page *page,
				     enc_store_entry_fn *visit, void *context,
				     struct enc_error *err)
{
	struct page_visit to = {
		.visit = visit,
		.context = context,
		.left_bytes = page->max_bytes == 0 ? SIZE_MAX : page->max_bytes,
	};
	struct enc_store_impl *impl = enc_store_impl_of(store);
	struct enc_store_page whole = *page;

	ENC_ASSERT(session != NULL);
	if (whole.kinds == 0) {
		whole.kinds = ~0U;
	}
	return impl->ops->read_entries(impl, session, &whole, take_entry, &to,
				       err);
}

enum enc_code enc_store_read_admin(struct enc_store *store,
				   const struct enc_store_range *range,
				   enc_store_line_fn *visit, void *context,
				   struct enc_error *err)
{
	struct enc_store_impl *impl = enc_store_impl_of(store);

	return impl->ops->read_lines(impl, range, visit, context, err);
}

struct found_result {
	struct enc_store_result row;
	bool there;
};

static bool take_result(void *context, const struct enc_store_result *row)
{
	struct found_result *found = context;

	enc_store_copy_result(&found->row, row);
	found->there = true;
	return false;
}

enum enc_code enc_store_get_result(struct enc_store *store, const char *session,
				   struct enc_store_result *ret_row,
				   struct enc_error *err)
{
	struct found_result found = { 0 };
	struct enc_store_impl *impl = enc_store_impl_of(store);
	enum enc_code code =
		impl->ops->read_result(impl, session, take_result, &found, err);

	if (code == ENC_OK && found.there) {
		*ret_row = found.row;
	}
	return missing(code, found.there, "result", err);
}

struct found_row {
	struct enc_row *row; /* gets the columns that were read */
	bool there;
};

static bool take_row(void *context, const struct enc_row *row)
{
	struct found_row *found = context;

	/*
	 * The row borrows the wanted values, so overwriting them leaks nothing.
	 */
	enc_row_copy(found->row, row);
	found->there = true;
	return false;
}

/*
 * check_given() - assert that the caller has set the columns that select the
 * rows
 */
static void check_given(const struct enc_row *row, enum enc_row_op op)
{
	for (size_t i = 0; i < row->type->column_count; i++) {
		const struct enc_row_column *column = &row->type->columns[i];
		bool optional = op == ENC_ROW_GET &&
				(column->flags & ENC_COLUMN_KEY) == 0;

		ENC_ASSERT(!enc_row_takes(column, op) || optional ||
			   column->kind != ENC_COLUMN_TEXT ||
			   enc_row_text(row, column) != NULL);
	}
}

enum enc_code enc_store_get(struct enc_store *store, struct enc_row *row,
			    struct enc_error *err)
{
	struct found_row found = { .row = row };
	struct enc_store_impl *impl = enc_store_impl_of(store);
	enum enc_code code;

	ENC_ASSERT(row->memory == NULL);
	check_given(row, ENC_ROW_GET);
	code = impl->ops->read_rows(impl, ENC_ROW_GET, row, take_row, &found,
				    err);
	return missing(code, found.there, row->type->name, err);
}

enum enc_code enc_store_list(struct enc_store *store, const struct enc_row *of,
			     enc_row_fn *visit, void *context,
			     struct enc_error *err)
{
	struct enc_store_impl *impl = enc_store_impl_of(store);

	check_given(of, ENC_ROW_LIST);
	return impl->ops->read_rows(impl, ENC_ROW_LIST, of, visit, context,
				    err);
}

/* ---- numbers ---- */

/*
 * highest_org() - store the number of each visited organisation; the last one
 * is the highest, since lists are sorted by number
 */
static bool highest_org(void *context, const struct enc_row *row)
{
	const struct enc_store_org *org = enc_row_as(row, &enc_store_orgs);
	uint64_t *highest = context;

	*highest = org->number;
	return true;
}

/*
 * highest_stored() - read the highest number of a session of @id; if @id is "",
 * the highest number of an organisation
 */
static enum enc_code highest_stored(struct enc_store *store, const char *id,
				    uint64_t *ret_highest,
				    struct enc_error *err)
{
	enc_autorow struct enc_store_org org = {
		.base.type = &enc_store_orgs,
		.id = id,
	};
	uint64_t highest = 0;
	enum enc_code code;

	if (id[0] == '\0') {
		code = enc_store_list(store, &org.base, highest_org, &highest,
				      err);
	} else {
		code = enc_store_get(store, &org.base, err);
		highest = org.sessions;
	}
	if (code == ENC_OK) {
		*ret_highest = highest;
	}
	return code;
}

/*
 * next_number() - return the number after the last given one, or after the
 * highest stored one
 */
static enum enc_code next_number(struct enc_store *store, const char *org,
				 uint64_t *ret_number, struct enc_error *err)
{
	struct enc_store_counter *counter = enc_store_counter_of(store, org);
	enum enc_code code = ENC_OK;

	if (counter->highest == 0) {
		code = highest_stored(store, org, &counter->highest, err);
	}
	if (code == ENC_OK) {
		*ret_number = ++counter->highest;
	}
	return code;
}

enum enc_code enc_store_next_session_number(struct enc_store *store,
					    const char *org,
					    uint64_t *ret_number,
					    struct enc_error *err)
{
	ENC_ASSERT(org[0] != '\0');
	return next_number(store, org, ret_number, err);
}

enum enc_code enc_store_next_org_number(struct enc_store *store,
					uint64_t *ret_number,
					struct enc_error *err)
{
	return next_number(store, "", ret_number, err);
}
