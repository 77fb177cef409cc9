#include <errno.h>
#include <string.h>

#include "backend_impl.h"
#include "host_frames.h"
#include "json.h"

enum {
	FILE_CHUNK_BYTES = 1 << 19,
	STDIN_CHUNK_BYTES = 1 << 18,
	ENTRY_MODE = 0644,
};

static struct enc_text text_of(const char *text)
{
	return (struct enc_text){ text, strlen(text) };
}

/* append() - append one frame with a payload */
static int append(struct enc_buf *out, enum enc_frame_type type, uint8_t flags,
		  const struct enc_buf *payload)
{
	const struct enc_frame frame = {
		.type = type,
		.flags = flags,
		.payload = enc_buf_bytes(payload),
		.payload_length = payload->length,
	};

	return enc_frame_append(out, ENC_FRAME_FROM_API, &frame);
}

static int append_policy(struct enc_buf *out, const struct enc_program *program)
{
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
	enc_autofree struct enc_message_policy *policy =
		enc_xalloc(sizeof(*policy));
	int r;

	policy->session_id = text_of(program->session_id);
	policy->output_bytes = program->output_bytes;
	policy->outside = program->outside;
	r = enc_message_policy_write(&payload, policy);
	return r < 0 ? r : append(out, ENC_FRAME_POLICY, 0, &payload);
}

static int append_rules(struct enc_buf *out, const char *const *rules,
			size_t count)
{
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
	enc_autofree struct enc_message_rules *message =
		enc_xalloc(sizeof(*message));
	int r;

	for (size_t i = 0; i < count; i++) {
		message->rules[i] = text_of(rules[i]);
	}
	message->count = count;
	r = enc_message_rules_write(&payload, message);
	return r < 0 ? r : append(out, ENC_FRAME_RULES, 0, &payload);
}

/* append_file() - append a file, in as many frames as needed, at least one */
static int append_file(struct enc_buf *out, enum enc_file_root root,
		       const struct enc_program_file *file)
{
	size_t at = 0;
	int r;

	if (!enc_message_path_ok(text_of(file->path))) {
		return -EINVAL;
	}
	do {
		ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
		const struct enc_message_file message = {
			.root = root,
			.mode = file->mode,
			.path = text_of(file->path),
			.content = file->length > 0 ? file->content + at : NULL,
			.content_length = ENC_MIN(file->length - at,
						  (size_t)FILE_CHUNK_BYTES),
		};

		r = enc_message_file_write(&payload, &message);
		if (r == 0) {
			r = append(out, ENC_FRAME_FILE,
				   at > 0 ? ENC_FRAME_F_APPEND : 0, &payload);
		}
		at += message.content_length;
	} while (r == 0 && at < file->length);
	return r;
}

/* translate() - turn a negative errno into an error */
static enum enc_code translate(int r, struct enc_error *err)
{
	if (r == 0) {
		return ENC_OK;
	}
	if (r == -EINVAL) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"a file's path leads out of its root");
	}
	return enc_fail(err, ENC_LIMIT, "the program is too large");
}

enum enc_code enc_host_frames_load(struct enc_buf *out,
				   const struct enc_program *program,
				   struct enc_error *err)
{
	const char *file = enc_language_info(program->language)->entry;
	int r = append_policy(out, program);

	if (r == 0 && (program->outside & ENC_OUTSIDE_ALLOWLIST) != 0) {
		r = append_rules(out, program->rules, program->rule_count);
	}
	if (r == 0 && file != NULL) {
		const struct enc_program_file entry = {
			.path = file,
			.mode = ENTRY_MODE,
			.content = (const uint8_t *)program->code,
			.length = program->code_length,
		};

		r = append_file(out, ENC_FILE_WORK, &entry);
	}
	for (size_t i = 0; r == 0 && i < program->file_count; i++) {
		r = append_file(out, ENC_FILE_WORK, &program->files[i]);
	}
	return translate(r, err);
}

enum enc_code enc_host_frames_rules(struct enc_buf *out,
				    const char *const *rules, size_t count,
				    struct enc_error *err)
{
	return append_rules(out, rules, count) == 0
		       ? ENC_OK
		       : enc_fail(err, ENC_LIMIT, "the rules are too long");
}

void enc_host_frames_recorded(struct enc_buf *out, uint64_t count)
{
	const struct enc_message_recorded message = { .reports = count };
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);

	ENC_MUST(enc_message_recorded_write(&payload, &message));
	ENC_MUST(append(out, ENC_FRAME_RECORDED, 0, &payload));
}

/* append_stdin() - append all of stdin, and its end even if it is empty */
static int append_stdin(struct enc_buf *out, const struct enc_program *program)
{
	size_t at = 0;
	int r;

	do {
		struct enc_frame frame = {
			.type = ENC_FRAME_STDIN,
			.payload = program->stdin_length > 0
					   ? program->stdin_bytes + at
					   : NULL,
			.payload_length = ENC_MIN(program->stdin_length - at,
						  (size_t)STDIN_CHUNK_BYTES),
		};

		at += frame.payload_length;
		frame.flags = at == program->stdin_length ? ENC_FRAME_F_END : 0;
		r = enc_frame_append(out, ENC_FRAME_FROM_API, &frame);
	} while (r == 0 && at < program->stdin_length);
	return r;
}

enum enc_code enc_host_frames_start(struct enc_buf *out,
				    const struct enc_program *program,
				    struct enc_error *err)
{
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
	enc_autofree struct enc_message_launch *launch =
		enc_xalloc(sizeof(*launch));
	enum enc_code code = enc_program_launch(program, launch, err);
	int r;

	if (code != ENC_OK) {
		return code;
	}
	r = enc_message_launch_write(&payload, launch);
	if (r == 0) {
		r = append(out, ENC_FRAME_LAUNCH, 0, &payload);
	}
	if (r == 0) {
		r = append_stdin(out, program);
	}
	return translate(r, err);
}

static enum enc_stream stream_of(const struct enc_frame *frame)
{
	return (frame->flags & ENC_FRAME_F_STDERR) != 0 ? ENC_STREAM_STDERR
							: ENC_STREAM_STDOUT;
}

static int report_rejected(const struct enc_frame *frame,
			   struct enc_report *ret_report)
{
	struct enc_message_rejected message;
	int r = enc_message_rejected_parse(frame->payload,
					   frame->payload_length, &message);

	if (r == 0) {
		ret_report->rejected = message.reason;
	}
	return r;
}

static int report_truncated(const struct enc_frame *frame,
			    struct enc_report *ret_report)
{
	struct enc_message_truncated message;
	int r = enc_message_truncated_parse(frame->payload,
					    frame->payload_length, &message);

	if (r == 0) {
		ret_report->truncated.stream = stream_of(frame);
		ret_report->truncated.dropped = message.dropped_bytes;
	}
	return r;
}

static int report_ready(const struct enc_frame *frame,
			struct enc_report *ret_report)
{
	ret_report->ready.self_checked = true;
	return enc_message_ready_parse(frame->payload, frame->payload_length,
				       &ret_report->ready.self_check);
}

int enc_host_frames_report(const struct enc_frame *frame,
			   struct enc_report *ret_report)
{
	const uint8_t *bytes = frame->payload;
	size_t length = frame->payload_length;

	*ret_report = (struct enc_report){ .kind = ENC_REPORT_KIND_MAX };
	switch ((unsigned int)frame->type) {
	case ENC_FRAME_READY:
		ret_report->kind = ENC_REPORT_READY;
		return report_ready(frame, ret_report);
	case ENC_FRAME_STARTED:
		ret_report->kind = ENC_REPORT_STARTED;
		return length == 0 ? 0 : -EPROTO;
	case ENC_FRAME_OUT:
		ret_report->kind = ENC_REPORT_OUTPUT;
		ret_report->output.stream = stream_of(frame);
		ret_report->output.bytes = bytes;
		ret_report->output.length = length;
		return 0;
	case ENC_FRAME_RESULT:
		ret_report->kind = ENC_REPORT_RESULT;
		ret_report->result =
			(struct enc_text){ (const char *)bytes, length };
		/* The gate has checked it. Answers contain it as it is. */
		return enc_json_check((const char *)bytes, length, NULL) ==
				       ENC_JSON_FINE
			       ? 0
			       : -EPROTO;
	case ENC_FRAME_REJECTED:
		ret_report->kind = ENC_REPORT_REJECTED;
		return report_rejected(frame, ret_report);
	case ENC_FRAME_EGRESS:
		ret_report->kind = ENC_REPORT_EGRESS;
		return enc_message_egress_parse(bytes, length,
						&ret_report->egress);
	case ENC_FRAME_CALL:
		ret_report->kind = ENC_REPORT_CALL;
		return enc_message_call_parse(bytes, length, &ret_report->call);
	case ENC_FRAME_REDACTED:
		ret_report->kind = ENC_REPORT_REDACTED;
		return enc_message_redacted_parse(bytes, length,
						  &ret_report->redacted);
	case ENC_FRAME_SYSCALL:
		ret_report->kind = ENC_REPORT_SYSCALL;
		return enc_message_syscall_parse(bytes, length,
						 &ret_report->syscall);
	case ENC_FRAME_COUNTED:
		ret_report->kind = ENC_REPORT_COUNTED;
		return enc_message_counted_parse(bytes, length,
						 &ret_report->counted);
	case ENC_FRAME_TRUNCATED:
		ret_report->kind = ENC_REPORT_TRUNCATED;
		return report_truncated(frame, ret_report);
	default:
		return -EPROTO;
	}
}
