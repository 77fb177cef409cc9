#include "memory_rows.h"

/*
 * A store that keeps everything in lists and is lost with its process. It is
 * used by tests, and by servers that live only as long as one command. A mutex
 * is held from begin() to the end of a group, so a read sees only whole groups.
 *
 * Each step adds a note that says how to undo the step. undo() processes the
 * notes since the savepoint, rollback() all of them.
 */

/* How to undo one step. Members that the step's kind doesn't need are zero. */
struct note {
	struct enc_list link; /* link in the list of notes, newest first */
	enum enc_store_step_kind kind;
	struct enc_memory_session *session;
	/* UPDATE_SESSION: the row before the update. */
	struct enc_store_session old_row;
	/*
	 * INSERT_SESSION: the value of `sessions` of the organisation before
	 * the step.
	 */
	uint64_t old_sessions;
	struct enc_memory_row *org;
	int64_t bytes; /* change of the organisation's stored bytes */
	struct enc_memory_entry *entry;
	struct enc_memory_line *line;
	enum enc_row_op op;	    /* WRITE_ROW: the operation */
	struct enc_memory_row *row; /* WRITE_ROW: the written element */
	struct enc_row *old;	    /* ENC_ROW_UPDATE: the replaced row */
};

static struct enc_memory *memory_of(struct enc_store_impl *impl)
{
	ENC_ASSERT(impl->ops == &enc_store_memory);
	return ENC_HOLDER(impl, struct enc_memory, base);
}

/* ---- notes ---- */

/* note() - add a note to the front of the list */
static struct note *note(struct enc_memory *store,
			 enum enc_store_step_kind kind)
{
	struct note *note = enc_xalloc(sizeof(*note));

	note->kind = kind;
	enc_list_append(store->notes.next, &note->link);
	return note;
}

static void free_note(struct note *note)
{
	enc_list_remove(&note->link);
	enc_store_session_done(&note->old_row);
	enc_row_free(note->old);
	free(note);
}

/* org_of() - return the organisation in a table element */
static struct enc_store_org *org_of(struct enc_memory_row *element)
{
	ENC_ASSERT(element != NULL && element->row->type == &enc_store_orgs);
	return ENC_HOLDER(element->row, struct enc_store_org, base);
}

/*
 * add_bytes() - change the stored bytes of an organisation, and note the change
 */
static void add_bytes(struct enc_memory *store, struct note *note,
		      const char *org, int64_t bytes)
{
	note->org = enc_memory_find_org(store, org);
	note->bytes = bytes;
	org_of(note->org)->stored_bytes += (uint64_t)bytes;
}

/* take_back_row() - undo a write to a table */
static void take_back_row(struct enc_memory *store, struct note *note)
{
	if (note->op == ENC_ROW_INSERT) {
		enc_memory_free_row(note->row);
	} else if (note->op == ENC_ROW_UPDATE) {
		enc_row_free(note->row->row);
		note->row->row = ENC_TAKE(note->old);
	} else {
		enc_memory_put_row(store, note->row);
	}
}

/* take_back() - undo one step and free its note */
static void take_back(struct enc_memory *store, struct note *note)
{
	if (note->org != NULL) {
		org_of(note->org)->stored_bytes -= (uint64_t)note->bytes;
	}
	switch (note->kind) {
	case ENC_STORE_INSERT_SESSION:
		org_of(note->org)->sessions = note->old_sessions;
		enc_memory_free_session(note->session);
		break;
	case ENC_STORE_UPDATE_SESSION:
		enc_store_session_done(&note->session->row);
		note->session->row = note->old_row;
		note->old_row = (struct enc_store_session){ 0 };
		break;
	case ENC_STORE_REMOVE_SESSION:
		enc_memory_put_session(store, note->session);
		break;
	case ENC_STORE_APPEND_ENTRY:
		enc_memory_free_entry(note->entry);
		break;
	case ENC_STORE_APPEND_ADMIN:
		enc_memory_free_line(note->line);
		break;
	case ENC_STORE_INSERT_RESULT:
		enc_store_result_done(&note->session->result);
		note->session->has_result = false;
		break;
	case ENC_STORE_WRITE_ROW:
		take_back_row(store, note);
		break;
	case ENC_STORE_STEP_INVALID:
	case ENC_STORE_STEP_MAX:
		ENC_ASSERT(false);
	}
	free_note(note);
}

/* take_back_to() - undo every step whose note is newer than @until */
static void take_back_to(struct enc_memory *store, struct enc_list *until)
{
	while (store->notes.next != until) {
		take_back(store,
			  ENC_HOLDER(store->notes.next, struct note, link));
	}
}

/* ---- the writer's side ---- */

static enum enc_code memory_open(struct enc_store_impl *impl,
				 struct enc_error *err)
{
	struct enc_memory *store = memory_of(impl);

	(void)err;
	ENC_MUST(uv_mutex_init(&store->lock));
	enc_list_init(&store->sessions);
	for (size_t i = 0; i < ENC_STORE_TABLE_COUNT; i++) {
		enc_list_init(&store->tables[i]);
	}
	enc_list_init(&store->admin);
	enc_list_init(&store->notes);
	store->genesis = ENC_BUF(ENC_STORE_GENESIS_MAX_BYTES);
	enc_store_admin_begin(&store->genesis);
	return ENC_OK;
}

static void memory_close(struct enc_store_impl *impl)
{
	struct enc_memory *store = memory_of(impl);

	ENC_LIST_EACH(store->sessions, at)
	{
		enc_memory_free_session(ENC_HOLDER(at,
						   struct enc_memory_session,
						   link));
	}
	for (size_t i = 0; i < ENC_STORE_TABLE_COUNT; i++) {
		ENC_LIST_EACH(store->tables[i], at)
		{
			enc_memory_free_row(ENC_HOLDER(at,
						       struct enc_memory_row,
						       link));
		}
	}
	enc_memory_free_lines(&store->admin);
	enc_buf_done(&store->genesis);
	uv_mutex_destroy(&store->lock);
}

static enum enc_code memory_begin(struct enc_store_impl *impl,
				  struct enc_error *err)
{
	(void)err;
	uv_mutex_lock(&memory_of(impl)->lock);
	return ENC_OK;
}

static enum enc_code memory_savepoint(struct enc_store_impl *impl,
				      struct enc_error *err)
{
	struct enc_memory *store = memory_of(impl);

	(void)err;
	store->savepoint = store->notes.next;
	return ENC_OK;
}

static enum enc_code memory_undo(struct enc_store_impl *impl,
				 struct enc_error *err)
{
	struct enc_memory *store = memory_of(impl);

	(void)err;
	take_back_to(store, store->savepoint);
	return ENC_OK;
}

static enum enc_code memory_commit(struct enc_store_impl *impl,
				   struct enc_error *err)
{
	struct enc_memory *store = memory_of(impl);

	(void)err;
	ENC_LIST_EACH(store->notes, at)
	{
		struct note *note = ENC_HOLDER(at, struct note, link);

		if (note->kind == ENC_STORE_WRITE_ROW &&
		    note->op == ENC_ROW_REMOVE) {
			enc_memory_free_row(note->row);
		}
		if (note->kind == ENC_STORE_REMOVE_SESSION) {
			enc_memory_free_session(note->session);
		}
		free_note(note);
	}
	uv_mutex_unlock(&store->lock);
	return ENC_OK;
}

static void memory_rollback(struct enc_store_impl *impl)
{
	struct enc_memory *store = memory_of(impl);

	take_back_to(store, &store->notes);
	uv_mutex_unlock(&store->lock);
}

/*
 * session_taken() - whether the id, or the number within the organisation, is
 * in use
 */
static bool session_taken(struct enc_memory *store,
			  const struct enc_store_session *row)
{
	ENC_LIST_EACH(store->sessions, at)
	{
		const struct enc_store_session *other =
			&ENC_HOLDER(at, struct enc_memory_session, link)->row;

		if (strcmp(other->id, row->id) == 0 ||
		    (other->number == row->number &&
		     strcmp(other->org, row->org) == 0)) {
			return true;
		}
	}
	return false;
}

/* length_of() - add the lengths of two texts, each of which may be NULL */
static int64_t length_of(const char *one, const char *other)
{
	return (int64_t)((one == NULL ? 0 : strlen(one)) +
			 (other == NULL ? 0 : strlen(other)));
}

static enum enc_code no_session(struct enc_error *err)
{
	return enc_fail(err, ENC_NOT_FOUND, "there is no such session");
}

static enum enc_code insert_session(struct enc_memory *store,
				    const struct enc_store_step *step,
				    struct enc_error *err)
{
	const struct enc_store_session *row = &step->session;
	struct enc_memory_row *org = enc_memory_find_org(store, row->org);
	struct enc_memory_session *session;
	struct note *back;

	if (session_taken(store, row)) {
		return enc_memory_exists(err);
	}
	if (org == NULL) {
		return enc_memory_no_owner(err);
	}
	for (size_t i = 0; i < row->label_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(row->labels[i].name, row->labels[j].name) ==
			    0) {
				return enc_memory_exists(err);
			}
		}
	}
	session = enc_xalloc(sizeof(*session));
	enc_list_init(&session->entries);
	enc_store_copy_session(&session->row, row);
	enc_list_append(&store->sessions, &session->link);
	back = note(store, step->kind);
	back->session = session;
	add_bytes(store, back, row->org, length_of(row->record, row->genesis));
	back->old_sessions = org_of(org)->sessions;
	if (back->old_sessions < row->number) {
		org_of(org)->sessions = row->number;
	}
	return ENC_OK;
}

static enum enc_code update_session(struct enc_memory *store,
				    const struct enc_store_step *step,
				    struct enc_error *err)
{
	struct enc_memory_session *session =
		enc_memory_find_session(store, step->session.id);
	struct enc_store_session row;
	struct note *back;

	if (session == NULL) {
		return no_session(err);
	}
	row = session->row;
	enc_row_change(&row.base, &step->session.base);
	row.record = step->session.record;
	back = note(store, step->kind);
	back->session = session;
	back->old_row = session->row;
	add_bytes(store, back, row.org,
		  length_of(row.record, NULL) -
			  length_of(session->row.record, NULL));
	enc_store_copy_session(&session->row, &row);
	return ENC_OK;
}

static enum enc_code append_entry(struct enc_memory *store,
				  const struct enc_store_step *step,
				  struct enc_error *err)
{
	struct enc_memory_session *session =
		enc_memory_find_session(store, step->entry.session);
	struct enc_memory_entry *entry;
	struct note *back;

	if (session == NULL ||
	    step->entry.after != enc_memory_last_seq(session)) {
		return enc_fail(err, ENC_CONFLICT,
				"an entry doesn't follow the last stored one");
	}
	entry = enc_xalloc(sizeof(*entry));
	enc_store_copy_entry(&entry->row, &step->entry);
	enc_list_append(&session->entries, &entry->link);
	back = note(store, step->kind);
	back->entry = entry;
	add_bytes(store, back, session->row.org,
		  (int64_t)step->entry.entry.length);
	return ENC_OK;
}

static enum enc_code insert_result(struct enc_memory *store,
				   const struct enc_store_step *step,
				   struct enc_error *err)
{
	struct enc_memory_session *session =
		enc_memory_find_session(store, step->result.session);
	struct note *back;

	if (session == NULL) {
		return no_session(err);
	}
	if (session->has_result) {
		return enc_memory_exists(err);
	}
	enc_store_copy_result(&session->result, &step->result);
	session->has_result = true;
	back = note(store, step->kind);
	back->session = session;
	add_bytes(store, back, session->row.org,
		  length_of(step->result.record, step->result.json));
	return ENC_OK;
}

/* note_row() - note a write to a table */
static void note_row(struct enc_memory *store, enum enc_row_op op,
		     struct enc_memory_row *row, struct enc_row *old)
{
	struct note *back = note(store, ENC_STORE_WRITE_ROW);

	back->op = op;
	back->row = row;
	back->old = old;
}

static enum enc_code write_row(struct enc_memory *store,
			       const struct enc_store_step *step,
			       struct enc_error *err)
{
	struct enc_memory_row *element = NULL;
	struct enc_row *old = NULL;
	enum enc_code code = enc_memory_write_row(store, step->op, step->row,
						  &element, &old, err);

	if (code == ENC_OK) {
		note_row(store, step->op, element, old);
	}
	return code;
}

static enum enc_code append_admin(struct enc_memory *store,
				  const struct enc_store_step *step,
				  struct enc_error *err)
{
	struct enc_memory_line *line = enc_xalloc(sizeof(*line));

	(void)err;
	enc_store_copy_line(&line->row, &step->line);
	enc_list_append(&store->admin, &line->link);
	note(store, step->kind)->line = line;
	return ENC_OK;
}

/* is_of() - whether a row goes with a session: its idempotency key or signature */
static bool is_of(const struct enc_row *row,
		  const struct enc_store_session *session)
{
	const struct enc_store_idempotency *key;
	const struct enc_store_signature *signature;

	if (row->type == &enc_store_idempotencies) {
		key = enc_row_as(row, &enc_store_idempotencies);
		return strcmp(key->session, session->id) == 0;
	}
	signature = enc_row_as(row, &enc_store_signatures);
	return signature->number == session->number &&
	       strcmp(signature->org, session->org) == 0;
}

/* remove_rows() - remove the rows of a table that go with a session */
static enum enc_code remove_rows(struct enc_memory *store,
				 const struct enc_row_type *type,
				 const struct enc_store_session *session,
				 struct enc_error *err)
{
	const struct enc_row any = { .type = type };
	struct enc_memory_row *element = NULL;
	struct enc_row *old = NULL;
	enum enc_code code = ENC_OK;

	ENC_LIST_EACH(*enc_memory_table(store, &any), at)
	{
		const struct enc_row *row =
			ENC_HOLDER(at, struct enc_memory_row, link)->row;

		if (code == ENC_OK && is_of(row, session)) {
			code = enc_memory_write_row(store, ENC_ROW_REMOVE, row,
						    &element, &old, err);
			if (code == ENC_OK) {
				note_row(store, ENC_ROW_REMOVE, element, old);
			}
		}
	}
	return code;
}

static enum enc_code remove_session(struct enc_memory *store,
				    const struct enc_store_step *step,
				    struct enc_error *err)
{
	struct enc_memory_session *session =
		enc_memory_find_session(store, step->session.id);
	struct note *back;
	enum enc_code code;
	int64_t bytes;

	if (session == NULL || !session->row.finished) {
		return enc_fail(err, ENC_CONFLICT,
				"there is no such finished session");
	}
	code = remove_rows(store, &enc_store_idempotencies, &session->row, err);
	if (code == ENC_OK) {
		code = remove_rows(store, &enc_store_signatures, &session->row,
				   err);
	}
	if (code != ENC_OK) {
		return code;
	}
	bytes = length_of(session->row.record, session->row.genesis);
	if (session->has_result) {
		bytes +=
			length_of(session->result.record, session->result.json);
	}
	ENC_LIST_EACH(session->entries, at)
	{
		bytes += (int64_t)ENC_HOLDER(at, struct enc_memory_entry, link)
				 ->row.entry.length;
	}
	enc_list_remove(&session->link);
	back = note(store, step->kind);
	back->session = session;
	add_bytes(store, back, session->row.org, -bytes);
	return ENC_OK;
}

typedef enum enc_code step_fn(struct enc_memory *store,
			      const struct enc_store_step *step,
			      struct enc_error *err);

static step_fn *const step_fns[ENC_STORE_STEP_MAX] = {
	[ENC_STORE_INSERT_SESSION] = insert_session,
	[ENC_STORE_UPDATE_SESSION] = update_session,
	[ENC_STORE_REMOVE_SESSION] = remove_session,
	[ENC_STORE_APPEND_ENTRY] = append_entry,
	[ENC_STORE_INSERT_RESULT] = insert_result,
	[ENC_STORE_WRITE_ROW] = write_row,
	[ENC_STORE_APPEND_ADMIN] = append_admin,
};

static enum enc_code memory_apply(struct enc_store_impl *impl,
				  const struct enc_store_step *step,
				  struct enc_error *err)
{
	ENC_ASSERT(step->kind > ENC_STORE_STEP_INVALID &&
		   step->kind < ENC_STORE_STEP_MAX);
	return step_fns[step->kind](memory_of(impl), step, err);
}

/* ---- the loop's side ---- */

static enum enc_code memory_read_sessions(struct enc_store_impl *impl,
					  const struct enc_store_query *query,
					  enc_store_session_fn *visit,
					  void *context, struct enc_error *err)
{
	struct enc_memory *store = memory_of(impl);

	(void)err;
	uv_mutex_lock(&store->lock);
	enc_memory_visit_sessions(store, query, visit, context);
	uv_mutex_unlock(&store->lock);
	return ENC_OK;
}

static void visit_lines(struct enc_list *lines,
			const struct enc_store_range *range,
			enc_store_line_fn *visit, void *context)
{
	uint64_t left = range->limit == 0 ? UINT64_MAX : range->limit;

	ENC_LIST_EACH(*lines, at)
	{
		const struct enc_store_line *row =
			&ENC_HOLDER(at, struct enc_memory_line, link)->row;

		if (row->seq < range->from_seq) {
			continue;
		}
		if (left-- == 0 ||
		    !visit(context, row->seq, row->text, row->length)) {
			return;
		}
	}
}

static enum enc_code memory_read_lines(struct enc_store_impl *impl,
				       const struct enc_store_range *range,
				       enc_store_line_fn *visit, void *context,
				       struct enc_error *err)
{
	struct enc_memory *store = memory_of(impl);

	(void)err;
	uv_mutex_lock(&store->lock);
	visit_lines(&store->admin, range, visit, context);
	uv_mutex_unlock(&store->lock);
	return ENC_OK;
}

static enum enc_code memory_read_entries(struct enc_store_impl *impl,
					 const char *id,
					 const struct enc_store_page *page,
					 enc_store_entry_fn *visit,
					 void *context, struct enc_error *err)
{
	struct enc_memory *store = memory_of(impl);
	struct enc_memory_session *session;

	(void)err;
	uv_mutex_lock(&store->lock);
	session = enc_memory_find_session(store, id);
	if (session != NULL) {
		enc_memory_visit_entries(session, page, visit, context);
	}
	uv_mutex_unlock(&store->lock);
	return ENC_OK;
}

static enum enc_code memory_read_result(struct enc_store_impl *impl,
					const char *id,
					enc_store_result_fn *visit,
					void *context, struct enc_error *err)
{
	struct enc_memory *store = memory_of(impl);
	struct enc_memory_session *session;

	(void)err;
	uv_mutex_lock(&store->lock);
	session = enc_memory_find_session(store, id);
	if (session != NULL && session->has_result) {
		(void)visit(context, &session->result);
	}
	uv_mutex_unlock(&store->lock);
	return ENC_OK;
}

static enum enc_code memory_read_rows(struct enc_store_impl *impl,
				      enum enc_row_op op,
				      const struct enc_row *wanted,
				      enc_row_fn *visit, void *context,
				      struct enc_error *err)
{
	struct enc_memory *store = memory_of(impl);

	(void)err;
	uv_mutex_lock(&store->lock);
	enc_memory_read_rows(store, op, wanted, visit, context);
	uv_mutex_unlock(&store->lock);
	return ENC_OK;
}

static enum enc_code memory_read_admin(struct enc_store_impl *impl,
				       struct enc_buf *ret_genesis,
				       struct enc_buf *ret_last,
				       struct enc_error *err)
{
	const struct enc_memory *store = memory_of(impl);

	/*
	 * The function is called once: the store is being opened and has no
	 * admin line yet.
	 */
	(void)err;
	(void)ret_last;
	ENC_MUST(enc_buf_append(ret_genesis, enc_buf_bytes(&store->genesis),
				store->genesis.length));
	return ENC_OK;
}

const struct enc_store_ops enc_store_memory = {
	.name = "memory",
	.impl_size = sizeof(struct enc_memory),
	.open = memory_open,
	.close = memory_close,
	.begin = memory_begin,
	.savepoint = memory_savepoint,
	.apply = memory_apply,
	.undo = memory_undo,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.read_sessions = memory_read_sessions,
	.read_entries = memory_read_entries,
	.read_lines = memory_read_lines,
	.read_result = memory_read_result,
	.read_rows = memory_read_rows,
	.read_admin = memory_read_admin,
};
