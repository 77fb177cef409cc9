#include <errno.h>
#include <string.h>

#include "audit_event.h"
#include "audit_internal.h"
#include "json.h"
#include "number.h"

#define NEED(name_)             \
	{                       \
		.name = (name_) \
	}
#define MAY(name_)                                \
	{                                         \
		.name = (name_), .optional = true \
	}

static const struct enc_audit_type_row infos[ENC_AUDIT_TYPE_MAX] = {
#define X(symbol, wire, is_admin, ...) \
	[ENC_AUDIT_##symbol] = { wire, is_admin, { __VA_ARGS__ } },
	ENC_AUDIT_TYPES(X)
#undef X
};

struct enc_audit_event enc_audit_event_named(const char *name)
{
	struct enc_audit_event event = ENC_AUDIT_EVENT(INVALID);

	for (int i = 1; i < ENC_AUDIT_TYPE_MAX; i++) {
		if (strcmp(infos[i].name, name) == 0) {
			event.type = (enum enc_audit_type)i;
		}
	}
	ENC_ASSERT(event.type != ENC_AUDIT_INVALID);
	return event;
}

const struct enc_audit_type_row *enc_audit_type_info(enum enc_audit_type type)
{
	ENC_ASSERT(type > ENC_AUDIT_INVALID && type < ENC_AUDIT_TYPE_MAX);
	return &infos[type];
}

void enc_audit_event_done(struct enc_audit_event *event)
{
	enc_buf_done(&event->data);
}

/*
 * note() - remember the first failure, so that an incomplete event isn't
 * appended
 */
static void note(struct enc_audit_event *event, int r)
{
	if (event->failure == 0 && r < 0) {
		event->failure = r;
	}
}

/*
 * pass_to() - advance to a member of the row; skipping a required member is a
 * bug. NULL advances to the end.
 */
static void pass_to(struct enc_audit_event *event, const char *name)
{
	const struct enc_audit_member *members =
		enc_audit_type_info(event->type)->members;
	size_t i = event->next_member;

	while (members[i].name != NULL &&
	       (name == NULL || strcmp(members[i].name, name) != 0)) {
		ENC_ASSERT(members[i].optional);
		i++;
	}
	ENC_ASSERT(name == NULL || members[i].name != NULL);
	event->next_member = name == NULL ? i : i + 1;
}

/* begin() - write the name of a member and all that comes before its value */
static void begin(struct enc_audit_event *event, const char *name)
{
	pass_to(event, name);
	note(event, enc_buf_printf(&event->data, "%c\"%s\":",
				   event->data.length == 0 ? '{' : ',', name));
}

void enc_audit_put_text(struct enc_audit_event *event, const char *name,
			const void *bytes, size_t length)
{
	begin(event, name);
	note(event, enc_json_string_cut(&event->data, bytes, length,
					ENC_AUDIT_STRING_MAX_BYTES));
}

void enc_audit_put_string(struct enc_audit_event *event, const char *name,
			  const char *text)
{
	if (text == NULL) {
		enc_audit_put_null(event, name);
	} else {
		enc_audit_put_text(event, name, text, strlen(text));
	}
}

void enc_audit_put_int(struct enc_audit_event *event, const char *name,
		       int64_t value)
{
	const int64_t most = (int64_t)ENC_AUDIT_INT_MAX;

	begin(event, name);
	if (value > most) {
		value = most;
	} else if (value < -most) {
		value = -most;
	}
	note(event, enc_buf_printf(&event->data, "%lld", (long long)value));
}

void enc_audit_put_count(struct enc_audit_event *event, const char *name,
			 uint64_t count)
{
	enc_audit_put_int(event, name, enc_number_of(count));
}

void enc_audit_put_bool(struct enc_audit_event *event, const char *name,
			bool value)
{
	begin(event, name);
	note(event,
	     enc_buf_printf(&event->data, "%s", value ? "true" : "false"));
}

void enc_audit_put_null(struct enc_audit_event *event, const char *name)
{
	begin(event, name);
	note(event, enc_buf_append(&event->data, "null", 4));
}

void enc_audit_put_json(struct enc_audit_event *event, const char *name,
			const char *json)
{
	size_t length = strlen(json);

	ENC_ASSERT(enc_audit_canonical(json, length, NULL));
	begin(event, name);
	note(event, enc_buf_append(&event->data, json, length));
}

int enc_audit_event_finish(struct enc_audit_event *event, const char **ret_data,
			   size_t *ret_length)
{
	pass_to(event, NULL);
	note(event, enc_buf_printf(&event->data, "%s",
				   event->data.length == 0 ? "{}" : "}"));
	if (event->failure < 0) {
		return event->failure;
	}
	*ret_data = (const char *)enc_buf_bytes(&event->data);
	*ret_length = event->data.length;
	return 0;
}
