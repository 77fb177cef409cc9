#include <math.h>
#include <time.h>

#include "clock.h"
#include "json.h"
#include "keep.h"
#include "number.h"
#include "record_codec.h"

enum {
	MILLIS = 1000,
	DEPTH_MAX = 4, /* limit of nested objects */
};

#define NUMBER_MAX ((double)ENC_NUMBER_MAX)

enum kind {
	OBJECT,		/* object: its members follow, up to END */
	OBJECT_IF_TEXT, /* null if the text at its offset is NULL */
	OBJECT_IF_TRUE, /* null if the bool at its offset is false */
	END,
	EGRESS,
	BINDINGS,
	TEXT,
	PHASE,
	OUTCOME,
	LANGUAGE,
	ISOLATION,
	LIMITS,
	LAYERS,
	LABELS,
	COUNT, /* int64_t */
	SPAN,  /* int64_t in microseconds; shown in milliseconds */
	TIME,  /* int64_t, wall clock in milliseconds */
	BOOLEAN,
};

/*
 * A field: its name in JSON, its place in the struct, and the first phase in
 * which the field is shown.
 */
struct field {
	const char *name;
	enum kind kind;
	size_t at;
	enum enc_phase from;
	const char *member; /* name in struct enc_record, or NULL */
};

#define AT(member) offsetof(struct enc_record, member)
#define RESULT_AT(member) offsetof(struct enc_result_record, member)
#define ALWAYS ENC_PHASE_PENDING
#define STARTED ENC_PHASE_RUNNING
#define ENDED ENC_PHASE_SUCCEEDED

static const struct field session_fields[] = {
#define MEMBER(kind, type, member, name, phase) \
	{ name, kind, AT(member), phase, #member },
#define SHAPE(kind, at, name, phase) { name, kind, at, phase, NULL },
	ENC_RECORD_FIELDS(MEMBER, SHAPE)
#undef MEMBER
#undef SHAPE
};

static const struct field result_fields[] = {
	{ "exitCode", COUNT, RESULT_AT(exit_code), ALWAYS, NULL },
	{ "signal", COUNT, RESULT_AT(signal), ALWAYS, NULL },
	{ "durationMs", COUNT, RESULT_AT(duration_ms), ALWAYS, NULL },
	{ "truncated", OBJECT, 0, ALWAYS, NULL },
	{ "stdout", BOOLEAN, RESULT_AT(stdout_cut), ALWAYS, NULL },
	{ "stderr", BOOLEAN, RESULT_AT(stderr_cut), ALWAYS, NULL },
	{ NULL, END, 0, ALWAYS, NULL },
};

/* place_of() - return the address of a field in the struct at @base */
static void *place_of(void *base, const struct field *field)
{
	return (char *)base + field->at;
}

static bool is_object(enum kind kind)
{
	return kind == OBJECT || kind == OBJECT_IF_TEXT ||
	       kind == OBJECT_IF_TRUE;
}

/* end_of() - find the END that closes an object */
static const struct field *end_of(const struct field *object)
{
	size_t depth = 1;

	while (depth > 0) {
		object++;
		depth += is_object(object->kind);
		depth -= object->kind == END;
	}
	return object;
}

/* ---- columns ---- */

static const struct field *find_member(const char *member)
{
	for (size_t i = 0; i < ENC_COUNT(session_fields); i++) {
		if (session_fields[i].member != NULL &&
		    strcmp(session_fields[i].member, member) == 0) {
			return &session_fields[i];
		}
	}
	return NULL;
}

/* column_text() - return a field as text, never NULL */
static const char *column_text(const struct field *field, const void *at)
{
	const char *text;

	if (field->kind == OUTCOME &&
	    *(const enum enc_phase *)at == ENC_PHASE_PENDING) {
		return "";
	}
	if (field->kind == PHASE || field->kind == OUTCOME) {
		return enc_phase_name(*(const enum enc_phase *)at);
	}
	ENC_ASSERT(field->kind == TEXT);
	text = *(const char *const *)at;
	return text == NULL ? "" : text;
}

void enc_record_fill_row(const struct enc_record *record,
			 struct enc_store_session *row)
{
	for (size_t i = 0; i < enc_store_sessions.column_count; i++) {
		const struct enc_row_column *column =
			&enc_store_sessions.columns[i];
		const struct field *field = find_member(column->name);
		const void *at;

		if (field == NULL) {
			continue;
		}
		at = (const char *)record + field->at;
		if (column->kind == ENC_COLUMN_TEXT) {
			enc_row_set_text(&row->base, column,
					 column_text(field, at));
		} else {
			ENC_ASSERT(field->kind == COUNT || field->kind == TIME);
			enc_row_set_number(&row->base, column,
					   *(const int64_t *)at);
		}
	}
}

/* ---- writing ---- */

#define PUT(out, text) ENC_MUST(enc_buf_text(out, text))

static void put_text(struct enc_buf *out, const char *text)
{
	if (text == NULL) {
		PUT(out, "null");
	} else {
		ENC_MUST(enc_json_string(out, text, strlen(text)));
	}
}

static void put_layers(struct enc_buf *out, uint32_t set)
{
	const char *comma = "";

	PUT(out, "[");
	for (size_t i = 0; enc_layer_name(i) != NULL; i++) {
		if ((set & 1U << i) != 0) {
			PUT(out, comma);
			put_text(out, enc_layer_name(i));
			comma = ",";
		}
	}
	PUT(out, "]");
}

static void put_labels(struct enc_buf *out, const struct enc_record *record)
{
	PUT(out, "{");
	for (size_t i = 0; i < record->label_count; i++) {
		PUT(out, i == 0 ? "" : ",");
		put_text(out, record->labels[i].name);
		PUT(out, ":");
		put_text(out, record->labels[i].value);
	}
	PUT(out, "}");
}

void enc_record_write_bindings(const struct enc_record *record,
			       struct enc_buf *out)
{
	PUT(out, "[");
	for (size_t i = 0; i < record->binding_count; i++) {
		PUT(out, i == 0 ? "" : ",");
		put_text(out, record->bindings[i].name);
	}
	PUT(out, "]");
}

static void put_time(struct enc_buf *out, int64_t wall_ms)
{
	char text[ENC_CLOCK_ISO_BYTES];

	enc_clock_iso(wall_ms, text);
	put_text(out, text);
}

/* put_millis() - microseconds as milliseconds with three decimal places */
static void put_millis(struct enc_buf *out, uint64_t us)
{
	const char places[] = { '.', (char)('0' + us % 1000 / 100),
				(char)('0' + us % 100 / 10),
				(char)('0' + us % 10) };

	ENC_MUST(enc_buf_number(out, us / MILLIS));
	ENC_MUST(enc_buf_append(out, places, sizeof(places)));
}

/* put_signed() - write a number or time; a missing one is null */
static void put_signed(struct enc_buf *out, enum kind kind, int64_t value)
{
	if (value < 0 || (kind == TIME && value == 0)) {
		PUT(out, "null");
	} else if (kind == TIME) {
		put_time(out, value);
	} else if (kind == SPAN) {
		put_millis(out, (uint64_t)value);
	} else {
		ENC_MUST(enc_buf_number(out, (uint64_t)value));
	}
}

static void put_name(struct enc_buf *out, enum kind kind, const void *at)
{
	const enum enc_phase *phase = at;

	if (kind == LANGUAGE) {
		put_text(out,
			 enc_language_name(*(const enum enc_language *)at));
	} else if (kind == ISOLATION) {
		put_text(out,
			 enc_isolation_name(*(const enum enc_isolation *)at));
	} else if (kind == OUTCOME && *phase == ENC_PHASE_PENDING) {
		PUT(out, "null");
	} else {
		put_text(out, enc_phase_name(*phase));
	}
}

/* put_value() - write the value of a field that is no object */
static void put_value(struct enc_buf *out, const struct field *field,
		      const void *base)
{
	const char *at = (const char *)base + field->at;

	switch (field->kind) {
	case EGRESS:
		enc_allowlist_write(
			*(struct enc_allowlist *const *)(const void *)at, out);
		break;
	case BINDINGS:
		enc_record_write_bindings(base, out);
		break;
	case TEXT:
		put_text(out, *(const char *const *)(const void *)at);
		break;
	case PHASE:
	case OUTCOME:
	case LANGUAGE:
	case ISOLATION:
		put_name(out, field->kind, at);
		break;
	case LAYERS:
		put_layers(out, *(const uint32_t *)(const void *)at);
		break;
	case LABELS:
		put_labels(out, base);
		break;
	case LIMITS:
		ENC_MUST(enc_limits_write((const void *)at, out));
		break;
	case COUNT:
	case SPAN:
	case TIME:
		/*
		 * get_number() must be able to read the number that is written
		 * here.
		 */
		put_signed(out, field->kind,
			   ENC_MIN(*(const int64_t *)(const void *)at,
				   ENC_NUMBER_MAX));
		break;
	case BOOLEAN:
		PUT(out, *(const bool *)at ? "true" : "false");
		break;
	case OBJECT:
	case OBJECT_IF_TEXT:
	case OBJECT_IF_TRUE:
	case END:
		ENC_ASSERT(false);
	}
}

/* is_null() - whether an object is written as null */
static bool is_null(const struct field *field, const void *base)
{
	const char *at = (const char *)base + field->at;

	return (field->kind == OBJECT_IF_TEXT &&
		*(const char *const *)(const void *)at == NULL) ||
	       (field->kind == OBJECT_IF_TRUE && !*(const bool *)at);
}

/*
 * shown() - whether a field is shown in this phase. The phases after RUNNING
 * are equal here: in each of them the program has ended.
 */
static bool shown(const struct field *field, enum enc_phase phase)
{
	return field->from == ALWAYS ||
	       (field->from == STARTED ? phase != ENC_PHASE_PENDING
				       : enc_phase_ended(phase));
}

/* put_key() - write the name of a member, which needs no escapes */
static void put_key(struct enc_buf *out, const char *comma, const char *name)
{
	PUT(out, comma);
	PUT(out, "\"");
	PUT(out, name);
	PUT(out, "\":");
}

/*
 * put_fields() - write fields as JSON
 * @none: the record whose values are written for fields that aren't shown yet
 */
static void put_fields(struct enc_buf *out, const struct field *fields,
		       size_t count, const void *record, const void *none,
		       enum enc_phase phase)
{
	const char *comma = "";

	for (const struct field *at = fields; at < fields + count; at++) {
		const void *base = shown(at, phase) ? record : none;

		if (at->kind == END) {
			PUT(out, "}");
			comma = ",";
			continue;
		}
		put_key(out, comma, at->name);
		comma = ",";
		if (is_object(at->kind) && !is_null(at, base)) {
			PUT(out, "{");
			comma = "";
		} else if (is_object(at->kind)) {
			PUT(out, "null");
			at = end_of(at);
		} else {
			put_value(out, at, base);
		}
	}
}

void enc_record_write(const struct enc_record *record, struct enc_buf *out)
{
	const struct enc_record none = ENC_RECORD_NONE;

	put_fields(out, session_fields, ENC_COUNT(session_fields), record,
		   &none, record->phase);
}

void enc_result_record_write(const struct enc_result_record *record,
			     struct enc_buf *out)
{
	put_fields(out, result_fields, ENC_COUNT(result_fields), record, record,
		   ENC_PHASE_PENDING);
}

void enc_record_write_whole(const struct enc_record *record,
			    struct enc_buf *out)
{
	PUT(out, "{");
	enc_record_write(record, out);
	ENC_MUST(enc_buf_append(out, "}", 2));
}

void enc_result_record_write_whole(const struct enc_result_record *record,
				   struct enc_buf *out)
{
	PUT(out, "{");
	enc_result_record_write(record, out);
	ENC_MUST(enc_buf_append(out, "}", 2));
}

/* ---- reading ---- */

/* get_time() - parse a time as enc_clock_iso() writes it */
static bool get_time(const char *text, int64_t *ret_ms)
{
	struct tm parts = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	char back[ENC_CLOCK_ISO_BYTES];
	int64_t ms;

	if (rest == NULL || strlen(rest) != strlen(".000Z")) {
		return false;
	}
	ms = (int64_t)timegm(&parts) * MILLIS + INT64_C(100) * (rest[1] - '0') +
	     INT64_C(10) * (rest[2] - '0') + (rest[3] - '0');
	enc_clock_iso(ms, back);
	*ret_ms = ms;
	return strcmp(back, text) == 0;
}

static bool get_limits(const json_t *value, struct enc_limits *limits)
{
	/* Limits that the text lacks get their usual value. */
	*limits = enc_limits_usual();
	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		enum enc_limit limit = (enum enc_limit)i;
		const json_t *shown =
			json_object_get(value, enc_limit_info(limit)->name);

		if (json_is_number(shown) && json_number_value(shown) >= 0 &&
		    json_number_value(shown) <= NUMBER_MAX) {
			limits->value[i] =
				enc_limit_stored(limit,
						 json_number_value(shown));
		} else if (shown != NULL) {
			return false;
		}
	}
	return json_is_object(value);
}

/* get_layers() - read a list of layers; an unknown name is skipped */
static bool get_layers(const json_t *value, uint32_t *ret_set)
{
	size_t at;
	json_t *name;

	*ret_set = 0;
	json_array_foreach(value, at, name)
	{
		for (size_t i = 0; enc_layer_name(i) != NULL; i++) {
			if (json_is_string(name) &&
			    strcmp(json_string_value(name),
				   enc_layer_name(i)) == 0) {
				*ret_set |= 1U << i;
			}
		}
	}
	return json_is_array(value);
}

static bool get_labels(json_t *value, struct enc_record *record)
{
	struct enc_store_label *labels;
	const char *name;
	json_t *text;

	if (!json_is_object(value)) {
		return false;
	}
	labels = enc_keep_room(&record->memory,
			       json_object_size(value) * sizeof(*labels));
	record->labels = labels;
	json_object_foreach(value, name, text)
	{
		if (!json_is_string(text)) {
			return false;
		}
		labels[record->label_count++] =
			(struct enc_store_label){ name,
						  json_string_value(text) };
	}
	return true;
}

/* get_bindings() - read names; the record knows no ids */
static bool get_bindings(const json_t *value, struct enc_record *record)
{
	struct enc_grant *bindings =
		enc_keep_room(&record->memory,
			      (json_array_size(value) + 1) * sizeof(*bindings));

	record->bindings = bindings;
	for (size_t i = 0; i < json_array_size(value); i++) {
		bindings[i].name = json_string_value(json_array_get(value, i));
		if (bindings[i].name == NULL) {
			return false;
		}
		record->binding_count++;
	}
	return json_is_array(value);
}

/*
 * get_allowlist() - read mode and rules. Stored records of earlier versions have
 * the mode deny_all.
 */
static bool get_allowlist(const json_t *value, struct enc_allowlist **at)
{
	const char *mode = json_string_value(json_object_get(value, "mode"));
	const json_t *rules = json_object_get(value, "allow");
	size_t count = json_array_size(rules);

	if (mode == NULL || strcmp(mode, "allowlist") != 0) {
		return mode != NULL && strcmp(mode, "deny_all") == 0;
	}
	if (!json_is_array(rules) || count > ENC_ALLOWLIST_MAX) {
		return false;
	}
	*at = enc_allowlist_new(count);
	for (size_t i = 0; i < count; i++) {
		const json_t *rule = json_array_get(rules, i);

		if (!json_is_string(rule) ||
		    json_string_length(rule) > ENC_MESSAGE_HOST_MAX_BYTES) {
			return false;
		}
		enc_allowlist_add(*at, json_string_value(rule));
	}
	return true;
}

/* get_text() - read a text, or a value that JSON has as a text */
static bool get_text(const char *text, enum kind kind, void *at)
{
	switch (kind) {
	case TEXT:
		*(const char **)at = text;
		return true;
	case PHASE:
	case OUTCOME:
		return enc_phase_parse(text, at);
	case LANGUAGE:
		return enc_language_parse(text, at);
	case ISOLATION:
		return enc_isolation_parse(text, at);
	case TIME:
		return get_time(text, at);
	case OBJECT:
	case OBJECT_IF_TEXT:
	case OBJECT_IF_TRUE:
	case END:
	case EGRESS:
	case BINDINGS:
	case LIMITS:
	case LAYERS:
	case LABELS:
	case COUNT:
	case SPAN:
	case BOOLEAN:
		break;
	}
	return false;
}

static bool get_number(const json_t *value, enum kind kind, int64_t *at)
{
	double number = json_number_value(value);

	if (number < 0 || number > NUMBER_MAX) {
		return false;
	}
	if (kind == SPAN && json_is_number(value)) {
		*at = llround(number * MILLIS);
		return true;
	}
	if (kind == COUNT && json_is_integer(value)) {
		*at = json_integer_value(value);
		return true;
	}
	return false; /* @at may be of another type */
}

/* get_value() - read a value; false if its type isn't that of the field */
static bool get_value(json_t *value, const struct field *field, void *base)
{
	void *at = place_of(base, field);

	if (field->kind == BINDINGS) {
		return get_bindings(value, base);
	}
	if (field->kind == EGRESS) {
		return get_allowlist(value, at);
	}
	if (field->kind == LIMITS) {
		return get_limits(value, at);
	}
	if (field->kind == LAYERS) {
		return get_layers(value, at);
	}
	if (field->kind == LABELS) {
		return get_labels(value, base);
	}
	if (field->kind == BOOLEAN) {
		*(bool *)at = json_is_true(value);
		return json_is_boolean(value);
	}
	return json_is_string(value)
		       ? get_text(json_string_value(value), field->kind, at)
		       : get_number(value, field->kind, at);
}

/* get_fields() - read all fields. Return: the first damaged field, or NULL */
static const struct field *get_fields(json_t *root, const struct field *fields,
				      size_t count, void *base)
{
	json_t *open[DEPTH_MAX] = { root };
	size_t depth = 0;

	for (const struct field *at = fields; at < fields + count; at++) {
		json_t *value;

		if (at->kind == END) {
			depth--;
			continue;
		}
		value = json_object_get(open[depth], at->name);
		if (value == NULL || json_is_null(value)) {
			at = is_object(at->kind) ? end_of(at) : at;
		} else if (is_object(at->kind) && json_is_object(value)) {
			ENC_ASSERT(++depth < DEPTH_MAX);
			open[depth] = value;
			if (at->kind == OBJECT_IF_TRUE) {
				*(bool *)place_of(base, at) = true;
			}
		} else if (is_object(at->kind) || !get_value(value, at, base)) {
			return at;
		}
	}
	return NULL;
}

static enum enc_code damaged(const struct field *field, struct enc_error *err)
{
	return enc_fail(err, ENC_INTERNAL, "a stored record is damaged: %s",
			field == NULL ? "it is no JSON object" : field->name);
}

enum enc_code enc_record_read(const char *text, struct enc_record *ret_record,
			      struct enc_error *err)
{
	struct enc_record record = ENC_RECORD_NONE;
	const struct field *wrong = NULL;

	record.json = json_loads(text, 0, NULL);
	if (json_is_object(record.json)) {
		wrong = get_fields(record.json, session_fields,
				   ENC_COUNT(session_fields), &record);
	}
	if (!json_is_object(record.json) || wrong != NULL) {
		enc_record_done(&record);
		return damaged(wrong, err);
	}
	*ret_record = record;
	return ENC_OK;
}

enum enc_code enc_result_record_read(const char *text,
				     struct enc_result_record *ret_record,
				     struct enc_error *err)
{
	struct enc_result_record record = ENC_RESULT_RECORD_NONE;
	json_t *json = json_loads(text, 0, NULL);
	const struct field *wrong = NULL;
	bool is_whole = json_is_object(json);

	if (is_whole) {
		wrong = get_fields(json, result_fields,
				   ENC_COUNT(result_fields), &record);
	}
	json_decref(json);
	if (!is_whole || wrong != NULL) {
		return damaged(wrong, err);
	}
	*ret_record = record;
	return ENC_OK;
}

void enc_record_done(struct enc_record *record)
{
	enc_allowlist_release(record->allowlist);
	json_decref(record->json);
	enc_keep_release(&record->memory);
	*record = (struct enc_record){ 0 };
}
