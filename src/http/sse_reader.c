#include <errno.h>
#include <string.h>

#include "sse_reader.h"

void enc_sse_reader_init(struct enc_sse_reader *reader, const char *last_id)
{
	*reader = (struct enc_sse_reader){
		.line = ENC_BUF(ENC_SSE_LINE_MAX_BYTES),
		.data = ENC_BUF(ENC_SSE_LINE_MAX_BYTES),
	};
	(void)snprintf(reader->id, sizeof(reader->id), "%s", last_id);
	memcpy(reader->next_id, reader->id, sizeof(reader->id));
}

void enc_sse_reader_done(struct enc_sse_reader *reader)
{
	enc_buf_done(&reader->line);
	enc_buf_done(&reader->data);
}

/*
 * keep_name() - copy an id or kind. Only printable ASCII is allowed, since the
 * id is sent in the head of a later request.
 */
static int keep_name(char ret_name[ENC_SSE_NAME_MAX_BYTES], const char *text,
		     size_t length)
{
	if (length >= ENC_SSE_NAME_MAX_BYTES) {
		return -EPROTO;
	}
	for (size_t i = 0; i < length; i++) {
		if (text[i] < 0x20 || text[i] > 0x7e) {
			return -EPROTO;
		}
	}
	memcpy(ret_name, text, length);
	ret_name[length] = '\0';
	return 0;
}

/* keep_data() - append one `data:` line to the event */
static int keep_data(struct enc_sse_reader *reader, const char *text,
		     size_t length)
{
	int r = reader->has_data ? enc_buf_append(&reader->data, "\n", 1) : 0;

	reader->has_data = true;
	return r < 0 ? r : enc_buf_append(&reader->data, text, length);
}

/* dispatch() - handle an empty line, which ends an event */
static int dispatch(struct enc_sse_reader *reader, enc_sse_on_event *on_event,
		    void *user)
{
	struct enc_sse_event event = {
		.kind = reader->kind[0] == '\0' ? "message" : reader->kind,
		.id = reader->id,
		.data_length = reader->data.length,
	};
	bool go_on = true;

	memcpy(reader->id, reader->next_id, sizeof(reader->id));
	if (reader->has_data) {
		int r = enc_buf_append(&reader->data, "", 1);

		if (r < 0) {
			return r;
		}
		event.data = (const char *)enc_buf_bytes(&reader->data);
		go_on = on_event(user, &event);
	}
	enc_buf_clear(&reader->data);
	reader->has_data = false;
	reader->kind[0] = '\0';
	return go_on ? 0 : -ECANCELED;
}

/* take_line() - handle one line, given without its line end */
static int take_line(struct enc_sse_reader *reader, const char *line,
		     size_t length, enc_sse_on_event *on_event, void *user)
{
	const char *colon = memchr(line, ':', length);
	size_t name = colon == NULL ? length : (size_t)(colon - line);
	const char *value = line + name + (colon != NULL);
	size_t value_length = length - (size_t)(value - line);

	if (length == 0) {
		return dispatch(reader, on_event, user);
	}
	if (value_length > 0 && value[0] == ' ') {
		value++;
		value_length--;
	}
	if (name == 4 && memcmp(line, "data", 4) == 0) {
		return keep_data(reader, value, value_length);
	}
	if (name == 5 && memcmp(line, "event", 5) == 0) {
		return keep_name(reader->kind, value, value_length);
	}
	if (name == 2 && memcmp(line, "id", 2) == 0) {
		return keep_name(reader->next_id, value, value_length);
	}
	return 0; /* a comment, or an unknown field */
}

int enc_sse_reader_feed(struct enc_sse_reader *reader, const uint8_t *bytes,
			size_t length, enc_sse_on_event *on_event, void *user)
{
	while (length > 0) {
		const uint8_t *end = memchr(bytes, '\n', length);
		size_t span = end == NULL ? length : (size_t)(end - bytes);
		const char *line;
		int r = enc_buf_append(&reader->line, bytes, span);

		if (r < 0 || end == NULL) {
			return r;
		}
		bytes += span + 1;
		length -= span + 1;
		line = (const char *)enc_buf_bytes(&reader->line);
		span = reader->line.length;
		if (span > 0 && line[span - 1] == '\r') {
			span--;
		}
		r = take_line(reader, line, span, on_event, user);
		enc_buf_clear(&reader->line);
		if (r < 0) {
			return r;
		}
	}
	return 0;
}
