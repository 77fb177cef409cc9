#include "fuzz.h"
#include "sse_reader.h"

enum { RECORD_MAX_BYTES = 4 << 20 };

/* keep_event() - what a reader was told, as text to be compared */
static bool keep_event(void *user, const struct enc_sse_event *event)
{
	struct enc_buf *record = user;

	ENC_ASSERT(strlen(event->kind) < ENC_SSE_NAME_MAX_BYTES);
	ENC_ASSERT(strlen(event->id) < ENC_SSE_NAME_MAX_BYTES);
	ENC_ASSERT(event->data[event->data_length] == '\0');
	ENC_ASSERT(enc_buf_printf(record, "%s|%s|%zu|", event->kind, event->id,
				  event->data_length) == 0);
	ENC_ASSERT(enc_buf_append(record, event->data, event->data_length) ==
		   0);
	return true;
}

static int read_stream(const uint8_t *bytes, size_t length, size_t piece,
		       struct enc_buf *record)
{
	struct enc_sse_reader reader;
	int r = 0;

	enc_sse_reader_init(&reader, "1-0");
	for (size_t at = 0; at < length && r == 0; at += piece) {
		r = enc_sse_reader_feed(&reader, bytes + at,
					ENC_MIN(piece, length - at), keep_event,
					record);
	}
	enc_sse_reader_done(&reader);
	return r;
}

/* The same bytes mean the same events, whole or one at a time. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	ENC_AUTO(buf) whole = ENC_BUF(RECORD_MAX_BYTES);
	ENC_AUTO(buf) pieces = ENC_BUF(RECORD_MAX_BYTES);
	int a = read_stream(bytes, length, length + 1, &whole);
	int b = read_stream(bytes, length, 1, &pieces);

	ENC_ASSERT(a == b && whole.length == pieces.length);
	ENC_ASSERT(memcmp(enc_buf_bytes(&whole), enc_buf_bytes(&pieces),
			  whole.length) == 0);
	return 0;
}
