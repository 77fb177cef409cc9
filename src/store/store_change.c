#include "store_impl.h"

enum { FIRST_STEPS = 8 };

struct enc_store_change *enc_store_change_new(void)
{
	struct enc_store_change *change = enc_xalloc(sizeof(*change));

	enc_list_init(&change->link);
	return change;
}

static void step_done(struct enc_store_step *step)
{
	enc_store_session_done(&step->session);
	enc_keep_release(&step->entry.memory);
	enc_keep_release(&step->line.memory);
	enc_store_result_done(&step->result);
	enc_row_free(step->row);
	enc_audit_event_done(&step->event);
}

void enc_store_change_free(struct enc_store_change *change)
{
	if (change == NULL) {
		return;
	}
	for (size_t i = 0; i < change->count; i++) {
		step_done(&change->steps[i]);
	}
	free(change->steps);
	free(change);
}

/*
 * limit() - make the change set fail if a size is above its limit; the first
 * such failure counts
 */
static void limit(struct enc_store_change *change, const char *what,
		  size_t size, size_t most)
{
	if (size > most && change->code == ENC_OK) {
		change->code =
			enc_fail(&change->err, ENC_LIMIT,
				 "%s of %zu is above %zu", what, size, most);
	}
}

/* limit_text() - limit the length of a text; NULL is a bug */
static void limit_text(struct enc_store_change *change, const char *what,
		       const char *text, size_t most)
{
	ENC_ASSERT(text != NULL);
	limit(change, what, strlen(text), most);
}

/*
 * add() - append a zeroed step of a kind
 *
 * Return: NULL if a step is past a limit. The change set won't be applied then,
 * so the caller needn't copy anything.
 */
static struct enc_store_step *add(struct enc_store_change *change,
				  enum enc_store_step_kind kind)
{
	limit(change, "the number of steps", change->count + 1,
	      ENC_STORE_STEPS_MAX);
	if (change->code != ENC_OK) {
		return NULL;
	}
	if (change->count == change->capacity) {
		size_t capacity = change->capacity == 0 ? FIRST_STEPS
							: change->capacity * 2;
		struct enc_store_step *steps =
			enc_xalloc(capacity * sizeof(*steps));

		if (change->count > 0) {
			memcpy(steps, change->steps,
			       change->count * sizeof(*steps));
		}
		free(change->steps);
		change->steps = steps;
		change->capacity = capacity;
	}
	change->steps[change->count].kind = kind;
	return &change->steps[change->count++];
}

/*
 * check_session() - check the columns and the record that an operation writes
 * against their limits
 */
static void check_session(struct enc_store_change *change, enum enc_row_op op,
			  const struct enc_store_session *row)
{
	struct enc_store_session typed = *row;

	typed.base.type = &enc_store_sessions;
	if (change->code == ENC_OK) {
		change->code = enc_row_check(&typed.base, op, &change->err);
	}
	limit_text(change, "a session's record", row->record,
		   ENC_STORE_RECORD_MAX_BYTES);
}

/* put_session() - add a step that inserts or updates a session */
static void put_session(struct enc_store_change *change,
			enum enc_store_step_kind kind,
			const struct enc_store_session *row)
{
	struct enc_store_step *step = add(change, kind);

	if (step != NULL) {
		enc_store_copy_session(&step->session, row);
	}
}

void enc_store_insert_session(struct enc_store_change *change,
			      const struct enc_store_session *row)
{
	ENC_ASSERT(row->number > 0 && row->number <= INT64_MAX);
	check_session(change, ENC_ROW_INSERT, row);
	limit_text(change, "a genesis", row->genesis,
		   ENC_STORE_GENESIS_MAX_BYTES);
	limit(change, "the number of labels", row->label_count,
	      ENC_STORE_LABELS_MAX);
	for (size_t i = 0; i < row->label_count; i++) {
		limit_text(change, "a label's name", row->labels[i].name,
			   ENC_STORE_NAME_MAX_BYTES);
		limit_text(change, "a label's value", row->labels[i].value,
			   ENC_STORE_NAME_MAX_BYTES);
	}
	put_session(change, ENC_STORE_INSERT_SESSION, row);
}

/*
 * find_inserted() - find a session that this change set inserts; NULL if it
 * doesn't insert @id
 */
static struct enc_store_session *
find_inserted(const struct enc_store_change *change, const char *id)
{
	for (size_t i = 0; i < change->count; i++) {
		struct enc_store_step *step = &change->steps[i];

		if (step->kind == ENC_STORE_INSERT_SESSION &&
		    strcmp(step->session.id, id) == 0) {
			return &step->session;
		}
	}
	return NULL;
}

/*
 * replace_inserted() - merge an update into the insert of the same change set
 */
static void replace_inserted(struct enc_store_session *inserted,
			     const struct enc_store_session *row)
{
	struct enc_store_session merged = *inserted;
	struct enc_store_session copy;

	enc_row_change(&merged.base, &row->base);
	merged.record = row->record;
	enc_store_copy_session(&copy, &merged);
	enc_store_session_done(inserted);
	*inserted = copy;
}

void enc_store_update_session(struct enc_store_change *change,
			      const struct enc_store_session *row)
{
	struct enc_store_session *inserted = find_inserted(change, row->id);
	struct enc_store_session fields = *row;

	/* Genesis and labels never change, so an update doesn't copy them. */
	fields.genesis = NULL;
	fields.labels = NULL;
	fields.label_count = 0;
	check_session(change, ENC_ROW_UPDATE, row);
	if (inserted == NULL) {
		put_session(change, ENC_STORE_UPDATE_SESSION, &fields);
	} else if (change->code == ENC_OK) {
		replace_inserted(inserted, row);
	}
}

void enc_store_remove_session(struct enc_store_change *change, const char *id)
{
	const struct enc_store_session row = {
		.base.type = &enc_store_sessions,
		.id = id,
	};
	struct enc_store_step *step;

	limit_text(change, "a session's id", id, ENC_STORE_ID_MAX_BYTES);
	step = add(change, ENC_STORE_REMOVE_SESSION);
	if (step != NULL) {
		enc_store_copy_session(&step->session, &row);
	}
}

void enc_store_append_entry(struct enc_store_change *change,
			    const char *session, uint64_t after,
			    const struct enc_store_entry *entry)
{
	const struct enc_store_entry_row row = {
		.session = session,
		.after = after,
		.entry = *entry,
	};
	struct enc_store_step *step;

	ENC_ASSERT(entry->kind > ENC_ENTRY_INVALID &&
		   entry->kind < ENC_ENTRY_MAX);
	ENC_ASSERT(after < entry->seq && entry->seq <= INT64_MAX);
	limit_text(change, "a session's id", session, ENC_STORE_ID_MAX_BYTES);
	if (entry->kind == ENC_ENTRY_AUDIT) {
		limit(change, "an audit line", entry->length,
		      ENC_STORE_LINE_MAX_BYTES);
	}
	limit(change, "an entry", entry->length, ENC_STORE_ENTRY_MAX_BYTES);
	step = add(change, ENC_STORE_APPEND_ENTRY);
	if (step != NULL) {
		enc_store_copy_entry(&step->entry, &row);
	}
}

void enc_store_insert_result(struct enc_store_change *change,
			     const struct enc_store_result *row)
{
	struct enc_store_step *step;

	limit_text(change, "a session's id", row->session,
		   ENC_STORE_ID_MAX_BYTES);
	limit_text(change, "a result's record", row->record,
		   ENC_STORE_RECORD_MAX_BYTES);
	if (row->json != NULL) {
		limit_text(change, "a result's json", row->json,
			   ENC_STORE_JSON_MAX_BYTES);
	}
	step = add(change, ENC_STORE_INSERT_RESULT);
	if (step != NULL) {
		enc_store_copy_result(&step->result, row);
	}
}

/* put_row() - add a step that writes a row */
static void put_row(struct enc_store_change *change, enum enc_row_op op,
		    const struct enc_row *row)
{
	struct enc_store_step *step;

	if (change->code == ENC_OK) {
		change->code = enc_row_check(row, op, &change->err);
	}
	step = add(change, ENC_STORE_WRITE_ROW);
	if (step != NULL) {
		step->op = op;
		step->row = enc_row_new(row, op);
	}
}

void enc_store_insert(struct enc_store_change *change,
		      const struct enc_row *row)
{
	put_row(change, ENC_ROW_INSERT, row);
}

void enc_store_update(struct enc_store_change *change,
		      const struct enc_row *row)
{
	put_row(change, ENC_ROW_UPDATE, row);
}

void enc_store_remove(struct enc_store_change *change,
		      const struct enc_row *row)
{
	put_row(change, ENC_ROW_REMOVE, row);
}

void enc_store_append_admin(struct enc_store_change *change,
			    struct enc_audit_event *event, int64_t wall_ms)
{
	struct enc_store_step *step = add(change, ENC_STORE_APPEND_ADMIN);

	if (step == NULL) {
		return;
	}
	/* Only the writer finishes the event, because it has the chain. */
	step->wall_ms = wall_ms;
	step->event = *event;
	step->event.data = ENC_BUF(ENC_AUDIT_DATA_MAX_BYTES);
	ENC_MUST(enc_buf_append(&step->event.data, enc_buf_bytes(&event->data),
				event->data.length));
}
