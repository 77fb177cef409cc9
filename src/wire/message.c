#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "message.h"

enum { FILE_MODE_MASK = 0777, COMPONENT_MAX_BYTES = 255, SIGNAL_MAX = 64 };

static const char *const reject_names[ENC_REJECT_MAX] = {
	[ENC_REJECT_INVALID] = "invalid",     [ENC_REJECT_FRAMING] = "framing",
	[ENC_REJECT_TOO_LARGE] = "too_large", [ENC_REJECT_JSON] = "json",
	[ENC_REJECT_DEPTH] = "depth",	      [ENC_REJECT_UTF8] = "utf8",
};

static const char *const via_names[ENC_VIA_MAX] = {
	[ENC_VIA_INVALID] = "invalid",	 [ENC_VIA_CONNECT] = "connect",
	[ENC_VIA_DATAGRAM] = "datagram", [ENC_VIA_DNS] = "dns",
	[ENC_VIA_PACKET] = "packet",
};

enum enc_reject_reason enc_reject_of(enum enc_json_fault fault)
{
	static const enum enc_reject_reason reasons[] = {
		[ENC_JSON_FINE] = ENC_REJECT_INVALID,
		[ENC_JSON_SYNTAX] = ENC_REJECT_JSON,
		[ENC_JSON_DEPTH] = ENC_REJECT_DEPTH,
		[ENC_JSON_UTF8] = ENC_REJECT_UTF8,
		[ENC_JSON_DUPLICATE] = ENC_REJECT_JSON,
		[ENC_JSON_NUMBER] = ENC_REJECT_JSON,
	};

	ENC_ASSERT(fault < ENC_COUNT(reasons));
	return reasons[fault];
}

const char *enc_reject_name(enum enc_reject_reason reason)
{
	ENC_ASSERT(reason < ENC_REJECT_MAX);
	return reject_names[reason];
}

const char *enc_via_name(enum enc_via via)
{
	ENC_ASSERT(via < ENC_VIA_MAX);
	return via_names[via];
}

/* ---- reading: the cursor remembers whether anything was malformed ---- */

struct cursor {
	const uint8_t *at;
	size_t left;
	bool bad;
};

/* take() - read the next @length bytes; sets bad if they aren't there */
static const uint8_t *take(struct cursor *in, size_t length)
{
	const uint8_t *at = in->at;

	if (in->bad || length > in->left) {
		in->bad = true;
		return NULL;
	}
	in->at += length;
	in->left -= length;
	return at;
}

/* number() - read a big-endian number; 0 if its bytes aren't there */
static uint64_t number(struct cursor *in, size_t length)
{
	const uint8_t *at = take(in, length);
	uint64_t value = 0;

	for (size_t i = 0; at != NULL && i < length; i++) {
		value = value << 8 | at[i];
	}
	return value;
}

/* below() - read a number, which must be less than @end */
static unsigned int below(struct cursor *in, size_t length, unsigned int end)
{
	uint64_t value = number(in, length);

	if (value >= end) {
		in->bad = true;
		return 0;
	}
	return (unsigned int)value;
}

/* kind() - read an enum's value, which must not be 0 */
static unsigned int kind(struct cursor *in, unsigned int end)
{
	unsigned int value = below(in, 1, end);

	in->bad |= value == 0;
	return value;
}

/* text() - read a text: u16 length, bytes without NUL */
static struct enc_text text(struct cursor *in)
{
	size_t length = (size_t)number(in, 2);
	const uint8_t *at = take(in, length);

	if (at == NULL || memchr(at, '\0', length) != NULL) {
		in->bad = true;
		return (struct enc_text){ "", 0 };
	}
	return (struct enc_text){ (const char *)at, length };
}

/* list() - read a list of at most @max texts: u16 count, texts */
static size_t list(struct cursor *in, struct enc_text *ret_texts, size_t max)
{
	size_t count = (size_t)number(in, 2);

	if (count > max) {
		in->bad = true;
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		ret_texts[i] = text(in);
	}
	return count;
}

/* finish() - fail if anything was malformed or bytes are left over */
static int finish(const struct cursor *in)
{
	return in->bad || in->left > 0 ? -EPROTO : 0;
}

/* ---- writing ---- */

struct writer {
	struct enc_buf *out;
	size_t before;
	int r;
};

static void put(struct writer *to, const void *bytes, size_t length)
{
	if (to->r == 0) {
		to->r = enc_buf_append(to->out, bytes, length);
	}
}

static void put_number(struct writer *to, uint64_t value, size_t length)
{
	uint64_t big_endian = htobe64(value);

	put(to, (const uint8_t *)&big_endian + sizeof(value) - length, length);
}

static void put_text(struct writer *to, struct enc_text value)
{
	ENC_ASSERT(value.length <= UINT16_MAX);
	put_number(to, value.length, 2);
	put(to, value.bytes, value.length);
}

static void put_list(struct writer *to, const struct enc_text *texts,
		     size_t count)
{
	put_number(to, count, 2);
	for (size_t i = 0; i < count; i++) {
		put_text(to, texts[i]);
	}
}

/* done() - remove a message that was written only partly. Return: 0 or errno */
static int done(const struct writer *to)
{
	if (to->r < 0) {
		enc_buf_truncate(to->out, to->before);
	}
	return to->r;
}

#define WRITER(out_)                                    \
	{                                               \
		.out = (out_), .before = (out_)->length \
	}
#define CURSOR(bytes, length)                   \
	{                                       \
		.at = (bytes), .left = (length) \
	}

/* ---- a writer and a parser for each message ---- */

int enc_message_launch_write(struct enc_buf *out,
			     const struct enc_message_launch *message)
{
	struct writer to = WRITER(out);

	ENC_ASSERT(message->argv_count <= ENC_MESSAGE_ARGV_MAX);
	ENC_ASSERT(message->env_count <= ENC_MESSAGE_ENV_MAX);
	put_number(&to, message->language, 1);
	put_text(&to, message->entry);
	put_list(&to, message->argv, message->argv_count);
	put_list(&to, message->env, message->env_count);
	return done(&to);
}

static size_t list_bytes(const struct enc_text *texts, size_t count)
{
	size_t bytes = 2;

	for (size_t i = 0; i < count; i++) {
		bytes += 2 + texts[i].length;
	}
	return bytes;
}

size_t enc_message_launch_bytes(const struct enc_message_launch *message)
{
	return 1 + 2 + message->entry.length +
	       list_bytes(message->argv, message->argv_count) +
	       list_bytes(message->env, message->env_count);
}

int enc_message_launch_parse(const uint8_t *bytes, size_t length,
			     struct enc_message_launch *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->language = (enum enc_language)kind(&in, ENC_LANGUAGE_MAX);
	ret_message->entry = text(&in);
	ret_message->argv_count =
		list(&in, ret_message->argv, ENC_MESSAGE_ARGV_MAX);
	ret_message->env_count =
		list(&in, ret_message->env, ENC_MESSAGE_ENV_MAX);
	for (size_t i = 0; !in.bad && i < ret_message->env_count; i++) {
		const struct enc_text *env = &ret_message->env[i];
		const char *equals = memchr(env->bytes, '=', env->length);

		in.bad |= equals == NULL || equals == env->bytes;
	}
	if (ret_message->language == ENC_LANGUAGE_COMMAND) {
		in.bad |= ret_message->argv_count == 0 ||
			  ret_message->entry.length > 0;
	} else {
		in.bad |= !enc_message_path_ok(ret_message->entry);
	}
	return finish(&in);
}

bool enc_message_path_ok(struct enc_text path)
{
	size_t begin = 0;

	if (path.length == 0 || path.length > ENC_MESSAGE_PATH_MAX_BYTES) {
		return false;
	}
	for (size_t i = 0; i <= path.length; i++) {
		size_t component = i - begin;

		if (i < path.length && path.bytes[i] == '\0') {
			return false;
		}
		if (i < path.length && path.bytes[i] != '/') {
			continue;
		}
		if (component == 0 || component > COMPONENT_MAX_BYTES ||
		    (component == 1 && path.bytes[begin] == '.') ||
		    (component == 2 && path.bytes[begin] == '.' &&
		     path.bytes[begin + 1] == '.')) {
			return false;
		}
		begin = i + 1;
	}
	return true;
}

int enc_message_file_write(struct enc_buf *out,
			   const struct enc_message_file *message)
{
	struct writer to = WRITER(out);

	put_number(&to, message->root, 1);
	put_number(&to, message->mode, 2);
	put_text(&to, message->path);
	put(&to, message->content, message->content_length);
	return done(&to);
}

int enc_message_file_parse(const uint8_t *bytes, size_t length,
			   struct enc_message_file *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->root = (enum enc_file_root)kind(&in, ENC_FILE_ROOT_MAX);
	ret_message->mode = below(&in, 2, FILE_MODE_MASK + 1);
	ret_message->path = text(&in);
	ret_message->content_length = in.left;
	ret_message->content = take(&in, in.left);
	in.bad |= !enc_message_path_ok(ret_message->path);
	return finish(&in);
}

int enc_message_policy_write(struct enc_buf *out,
			     const struct enc_message_policy *message)
{
	struct writer to = WRITER(out);

	put_text(&to, message->session_id);
	put_number(&to, message->output_bytes, 8);
	put_number(&to, message->outside, 1);
	return done(&to);
}

int enc_message_policy_parse(const uint8_t *bytes, size_t length,
			     struct enc_message_policy *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->session_id = text(&in);
	ret_message->output_bytes = number(&in, 8);
	ret_message->outside = below(&in, 1, ENC_OUTSIDE_ALL + 1);
	return finish(&in);
}

int enc_message_rules_write(struct enc_buf *out,
			    const struct enc_message_rules *message)
{
	struct writer to = WRITER(out);

	ENC_ASSERT(message->count <= ENC_MESSAGE_RULES_MAX);
	put_list(&to, message->rules, message->count);
	return done(&to);
}

int enc_message_rules_parse(const uint8_t *bytes, size_t length,
			    struct enc_message_rules *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->count =
		list(&in, ret_message->rules, ENC_MESSAGE_RULES_MAX);
	return finish(&in);
}

int enc_message_recorded_write(struct enc_buf *out,
			       const struct enc_message_recorded *message)
{
	struct writer to = WRITER(out);

	put_number(&to, message->reports, 8);
	return done(&to);
}

int enc_message_recorded_parse(const uint8_t *bytes, size_t length,
			       struct enc_message_recorded *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->reports = number(&in, 8);
	return finish(&in);
}

int enc_message_ready_write(struct enc_buf *out,
			    const struct enc_message_ready *message)
{
	struct writer to = WRITER(out);

	put_number(&to, message->tried, 8);
	put_number(&to, message->missed, 8);
	return done(&to);
}

int enc_message_ready_parse(const uint8_t *bytes, size_t length,
			    struct enc_message_ready *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->tried = number(&in, 8);
	ret_message->missed = number(&in, 8);
	in.bad |= (ret_message->missed & ~ret_message->tried) != 0;
	return finish(&in);
}

int enc_message_exit_write(struct enc_buf *out,
			   const struct enc_message_exit *message)
{
	struct writer to = WRITER(out);

	put_number(&to, (uint32_t)message->code, 4);
	put_number(&to, message->signal, 4);
	return done(&to);
}

int enc_message_exit_parse(const uint8_t *bytes, size_t length,
			   struct enc_message_exit *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->code = (int32_t)below(&in, 4, UINT8_MAX + 1);
	ret_message->signal = below(&in, 4, SIGNAL_MAX + 1);
	in.bad |= ret_message->signal != 0 && ret_message->code != 0;
	return finish(&in);
}

int enc_message_rejected_write(struct enc_buf *out,
			       const struct enc_message_rejected *message)
{
	struct writer to = WRITER(out);

	put_number(&to, message->reason, 1);
	return done(&to);
}

int enc_message_rejected_parse(const uint8_t *bytes, size_t length,
			       struct enc_message_rejected *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->reason = (enum enc_reject_reason)kind(&in, ENC_REJECT_MAX);
	return finish(&in);
}

int enc_message_egress_write(struct enc_buf *out,
			     const struct enc_message_egress *message)
{
	struct writer to = WRITER(out);

	ENC_ASSERT(message->host.length <= ENC_MESSAGE_HOST_MAX_BYTES &&
		   message->rule.length <= ENC_MESSAGE_HOST_MAX_BYTES);
	put_number(&to, message->verdict, 1);
	put_number(&to, message->via, 1);
	put_number(&to, message->protocol, 1);
	put(&to, message->addr, sizeof(message->addr));
	put_number(&to, message->port, 2);
	put_number(&to, message->count, 8);
	put_text(&to, message->host);
	put_text(&to, message->rule);
	return done(&to);
}

int enc_message_egress_parse(const uint8_t *bytes, size_t length,
			     struct enc_message_egress *ret_message)
{
	struct cursor in = CURSOR(bytes, length);
	const uint8_t *addr;

	ret_message->verdict =
		(enum enc_verdict)below(&in, 1, ENC_VERDICT_ALLOW + 1);
	ret_message->via = (enum enc_via)kind(&in, ENC_VIA_MAX);
	ret_message->protocol = (uint8_t)number(&in, 1);
	addr = take(&in, sizeof(ret_message->addr));
	if (addr != NULL) {
		memcpy(ret_message->addr, addr, sizeof(ret_message->addr));
	}
	ret_message->port = (uint16_t)number(&in, 2);
	ret_message->count = number(&in, 8);
	ret_message->host = text(&in);
	ret_message->rule = text(&in);
	in.bad |= ret_message->host.length > ENC_MESSAGE_HOST_MAX_BYTES ||
		  ret_message->rule.length > ENC_MESSAGE_HOST_MAX_BYTES;
	return finish(&in);
}

const char *enc_call_reason_name(enum enc_call_reason reason)
{
	static const char *const names[] = {
		[ENC_CALL_GRANTED] = "granted",
		[ENC_CALL_NOT_GRANTED] = "not_granted",
		[ENC_CALL_METHOD] = "method_not_in_scope",
		[ENC_CALL_PATH] = "path_not_in_scope",
		[ENC_CALL_RATE] = "rate_limited",
		[ENC_CALL_REQUEST] = "request_refused",
		[ENC_CALL_UPSTREAM] = "upstream_denied",
		[ENC_CALL_VAULT] = "vault_unavailable",
	};

	static_assert(ENC_COUNT(names) == ENC_CALL_REASON_MAX,
		      "a reason without a name");
	return names[reason];
}

int enc_message_call_write(struct enc_buf *out,
			   const struct enc_message_call *message)
{
	struct writer to = WRITER(out);

	put_number(&to, message->reason, 1);
	put_number(&to, message->status, 2);
	put_number(&to, message->count, 8);
	put_number(&to, message->bytes, 8);
	put_text(&to, message->binding);
	put_text(&to, message->method);
	put_text(&to, message->path);
	return done(&to);
}

int enc_message_call_parse(const uint8_t *bytes, size_t length,
			   struct enc_message_call *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->reason =
		(enum enc_call_reason)below(&in, 1, ENC_CALL_REASON_MAX);
	ret_message->status = (uint16_t)number(&in, 2);
	ret_message->count = number(&in, 8);
	ret_message->bytes = number(&in, 8);
	ret_message->binding = text(&in);
	ret_message->method = text(&in);
	ret_message->path = text(&in);
	in.bad |= ret_message->binding.length > ENC_MESSAGE_HOST_MAX_BYTES ||
		  ret_message->method.length > ENC_MESSAGE_METHOD_MAX_BYTES ||
		  ret_message->path.length > ENC_MESSAGE_TARGET_MAX_BYTES;
	return finish(&in);
}

const char *enc_redacted_name(enum enc_redacted where)
{
	static const char *const names[] = {
		[ENC_REDACTED_HEADER] = "header",
		[ENC_REDACTED_BODY] = "body",
		[ENC_REDACTED_STDOUT] = "stdout",
		[ENC_REDACTED_STDERR] = "stderr",
		[ENC_REDACTED_RESULT] = "result",
	};

	return names[where];
}

int enc_message_redacted_write(struct enc_buf *out,
			       const struct enc_message_redacted *message)
{
	struct writer to = WRITER(out);

	put_number(&to, message->where, 1);
	put_number(&to, message->count, 8);
	put_text(&to, message->binding);
	return done(&to);
}

int enc_message_redacted_parse(const uint8_t *bytes, size_t length,
			       struct enc_message_redacted *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->where = (enum enc_redacted)kind(&in, ENC_REDACTED_MAX);
	ret_message->count = number(&in, 8);
	ret_message->binding = text(&in);
	in.bad |= ret_message->binding.length > ENC_MESSAGE_HOST_MAX_BYTES;
	return finish(&in);
}

int enc_message_syscall_write(struct enc_buf *out,
			      const struct enc_message_syscall *message)
{
	struct writer to = WRITER(out);

	put_number(&to, message->arch, 4);
	put_number(&to, message->number, 4);
	put_number(&to, message->count, 8);
	return done(&to);
}

int enc_message_syscall_parse(const uint8_t *bytes, size_t length,
			      struct enc_message_syscall *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->arch = (uint32_t)number(&in, 4);
	ret_message->number = (uint32_t)number(&in, 4);
	ret_message->count = number(&in, 8);
	return finish(&in);
}

int enc_message_counted_write(struct enc_buf *out,
			      const struct enc_message_counted *message)
{
	struct writer to = WRITER(out);

	put_number(&to, message->what, 2);
	put_number(&to, message->count, 8);
	return done(&to);
}

int enc_message_counted_parse(const uint8_t *bytes, size_t length,
			      struct enc_message_counted *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->what = (enum enc_counted)below(&in, 2, ENC_COUNTED_MAX);
	ret_message->count = number(&in, 8);
	in.bad |= ret_message->what == ENC_COUNTED_INVALID;
	return finish(&in);
}

int enc_message_truncated_write(struct enc_buf *out,
				const struct enc_message_truncated *message)
{
	struct writer to = WRITER(out);

	put_number(&to, message->dropped_bytes, 8);
	return done(&to);
}

int enc_message_truncated_parse(const uint8_t *bytes, size_t length,
				struct enc_message_truncated *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->dropped_bytes = number(&in, 8);
	return finish(&in);
}

int enc_message_tally_write(struct enc_buf *out,
			    const struct enc_message_tally *message)
{
	struct writer to = WRITER(out);

	put_number(&to, message->egress_denied, 8);
	put_number(&to, message->egress_allowed, 8);
	put_number(&to, message->syscalls_denied, 8);
	put_number(&to, message->complete, 1);
	return done(&to);
}

int enc_message_tally_parse(const uint8_t *bytes, size_t length,
			    struct enc_message_tally *ret_message)
{
	struct cursor in = CURSOR(bytes, length);

	ret_message->egress_denied = number(&in, 8);
	ret_message->egress_allowed = number(&in, 8);
	ret_message->syscalls_denied = number(&in, 8);
	ret_message->complete = below(&in, 1, 2) == 1;
	return finish(&in);
}
