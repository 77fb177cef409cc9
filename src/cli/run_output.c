#include <errno.h>
#include <string.h>

#include "base64.h"
#include "print.h"
#include "run_output.h"

enum { CHUNK_BYTES_MAX = 16 << 20 };

/* The output streams of a program. NOTES is its stderr. */
enum stream { OUT, NOTES, STREAM_MAX };
static const char *const names[STREAM_MAX] = { "stdout", "stderr" };

/* file_of() - get the file to which a stream is written */
static FILE *file_of(const struct enc_run_output *output, enum stream stream)
{
	return stream == OUT ? output->out : output->notes;
}

/* write_bytes() - write bytes of a stream and flush them at once */
static void write_bytes(struct enc_run_output *output, enum stream stream,
			const void *bytes, size_t length)
{
	FILE *file = file_of(output, stream);

	if (fwrite(bytes, 1, length, file) != length || fflush(file) != 0) {
		output->broken = true;
		output->error = errno;
	}
	if (length > 0 && (stream == NOTES || output->one_terminal)) {
		output->line_open = ((const char *)bytes)[length - 1] != '\n';
	}
}

FILE *enc_run_output_notes(struct enc_run_output *output)
{
	if (output->line_open) {
		(void)fputc('\n', output->notes);
		output->line_open = false;
	}
	return output->notes;
}

/* pass_on() - write bytes of a stream, made inert if the stream needs it */
static void pass_on(struct enc_run_output *output, enum stream stream,
		    const void *bytes, size_t length)
{
	ENC_AUTO(buf) text = ENC_BUF(length * 8 + 64);
	bool make_inert = stream == OUT ? output->make_out_inert
					: output->make_notes_inert;

	if (!make_inert) {
		write_bytes(output, stream, bytes, length);
		return;
	}
	ENC_MUST(enc_inert_feed(&output->inert[stream], bytes, length, &text));
	write_bytes(output, stream, enc_buf_bytes(&text), text.length);
}

/* print_chunk() - print the output bytes in an event; ignores invalid data */
static void print_chunk(struct enc_run_output *output, enum stream stream,
			const struct enc_server_event *event)
{
	ENC_AUTO(buf) bytes = ENC_BUF(CHUNK_BYTES_MAX);
	json_t *data = json_loadb(event->data, event->data_length,
				  JSON_ALLOW_NUL, NULL);
	const json_t *text = json_object_get(data, "base64");

	if (json_is_string(text) &&
	    enc_base64_decode(json_string_value(text), json_string_length(text),
			      &bytes) == 0) {
		pass_on(output, stream, enc_buf_bytes(&bytes), bytes.length);
	}
	json_decref(data);
}

bool enc_run_output_event(void *user, const struct enc_server_event *event)
{
	struct enc_run_output *output = user;

	if (output->silent) {
		return true;
	}
	output->printed = true;
	if (strcmp(event->kind, "gap") == 0) {
		(void)fprintf(enc_run_output_notes(output),
			      "enclave: the server restarted; output that was "
			      "not stored yet is lost\n");
	}
	for (enum stream stream = OUT; stream < STREAM_MAX; stream++) {
		if (strcmp(event->kind, names[stream]) == 0) {
			print_chunk(output, stream, event);
		}
	}
	return !output->broken;
}

void enc_run_output_finish(struct enc_run_output *output, const json_t *session)
{
	const json_t *result = json_object_get(session, "result");

	for (enum stream stream = OUT; stream < STREAM_MAX; stream++) {
		const json_t *text = json_object_get(result, names[stream]);
		ENC_AUTO(buf) rest = ENC_BUF(64);

		if (!output->printed && json_is_string(text)) {
			pass_on(output, stream, json_string_value(text),
				json_string_length(text));
		}
		ENC_MUST(enc_inert_finish(&output->inert[stream], &rest));
		write_bytes(output, stream, enc_buf_bytes(&rest), rest.length);
	}
}
