#include <errno.h>
#include <limits.h>
#include <string.h>

#include "http1.h"

enum {
	BAD_REQUEST = 400,
	TARGET_TOO_LONG = 414,
	EXPECTATION_FAILED = 417,
	HEAD_TOO_LARGE = 431,
	WRONG_VERSION = 505,
	LENGTH_DIGITS_MAX = 18,
	CHUNK_DIGITS_MAX = 15,
	METHOD_MAX_BYTES = 32,
};

static const char version[] = "HTTP/1.1";
/* Many small servers still speak HTTP/1.0. Only responses may have it. */
static const char old_version[] = "HTTP/1.0";

/* is_token() - whether a byte is a tchar of RFC 9110, section 5.6.2 */
static bool is_token(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_visible(uint8_t c)
{
	return c > ' ' && c <= '~';
}

bool enc_http1_is(struct enc_text text, const char *word)
{
	return strlen(word) == text.length &&
	       strncasecmp(text.bytes, word, text.length) == 0;
}

const struct enc_text *enc_http1_find(const struct enc_http1_head *head,
				      const char *name)
{
	for (size_t i = 0; i < head->header_count; i++) {
		if (enc_http1_is(head->headers[i].name, name)) {
			return &head->headers[i].value;
		}
	}
	return NULL;
}

/* ---- where the head ends ---- */

/*
 * find_end() - find the empty line that ends a head
 *
 * Return: bytes of the head with that line; 0 if it isn't there yet; -EPROTO
 * for a NUL, or a CR or LF that isn't part of CRLF
 */
static int find_end(const uint8_t *bytes, size_t length, size_t *scanned)
{
	size_t at = *scanned;

	for (; at < length; at++) {
		if (bytes[at] == '\0' ||
		    (bytes[at] == '\n' && (at == 0 || bytes[at - 1] != '\r')) ||
		    (at > 0 && bytes[at - 1] == '\r' && bytes[at] != '\n')) {
			return -EPROTO;
		}
		if (bytes[at] == '\n' && at >= 3 && bytes[at - 2] == '\n') {
			return (int)at + 1;
		}
	}
	*scanned = at;
	return 0;
}

/* line_at() - the line at an offset, without its CRLF, which must be there */
static struct enc_text line_at(const uint8_t *bytes, size_t at)
{
	const char *begin = (const char *)bytes + at;
	/* The line ends with a CR, and has no NUL before it. */
	const char *end = strchr(begin, '\r');

	return (struct enc_text){ begin, (size_t)(end - begin) };
}

/* ---- lines ---- */

/* check_target() - whether a target has characters that are valid in URIs */
static bool check_target(struct enc_text target)
{
	for (size_t i = 0; i < target.length; i++) {
		uint8_t c = (uint8_t)target.bytes[i];

		if (!is_visible(c) || c == '#' || c == '"' || c == '<' ||
		    c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' ||
		    c == '|' || c == '}') {
			return false;
		}
	}
	return target.length > 0;
}

/*
 * check_form() - whether a target has origin-form, which CONNECT's never has
 */
static bool check_form(const struct enc_http1_head *head)
{
	return head->target.bytes[0] == '/' &&
	       !(head->method.length == 7 &&
		 memcmp(head->method.bytes, "CONNECT", 7) == 0);
}

/* parse_request_line() - parse the first line. Return: 0 or an error status */
static int parse_request_line(struct enc_text line, struct enc_http1_head *head)
{
	const char *space = memchr(line.bytes, ' ', line.length);
	const char *end = line.bytes + line.length;
	const char *second;
	struct enc_text spoken;

	if (space == NULL || space == line.bytes ||
	    space - line.bytes > METHOD_MAX_BYTES) {
		return BAD_REQUEST;
	}
	head->method =
		(struct enc_text){ line.bytes, (size_t)(space - line.bytes) };
	for (size_t i = 0; i < head->method.length; i++) {
		if (!is_token((uint8_t)head->method.bytes[i])) {
			return BAD_REQUEST;
		}
	}
	second = memchr(space + 1, ' ', (size_t)(end - space - 1));
	if (second == NULL) {
		return BAD_REQUEST;
	}
	head->target =
		(struct enc_text){ space + 1, (size_t)(second - space - 1) };
	spoken = (struct enc_text){ second + 1, (size_t)(end - second - 1) };
	if (head->target.length > ENC_HTTP1_TARGET_MAX_BYTES) {
		return TARGET_TOO_LONG;
	}
	if (spoken.length != strlen(version) ||
	    memcmp(spoken.bytes, "HTTP/", 5) != 0) {
		return BAD_REQUEST;
	}
	if (memcmp(spoken.bytes, version, spoken.length) != 0) {
		return WRONG_VERSION;
	}
	return check_target(head->target) ? 0 : BAD_REQUEST;
}

static bool parse_status_line(struct enc_text line, struct enc_http1_head *head)
{
	size_t prefix = strlen(version);
	const char *digits = line.bytes + prefix + 1;

	/* Many leave the space out where there is no reason phrase. */
	if (line.length < prefix + 4 || line.bytes[prefix] != ' ' ||
	    (line.length > prefix + 4 && digits[3] != ' ')) {
		return false;
	}
	if (memcmp(line.bytes, old_version, prefix) == 0) {
		head->old = head->close = true;
	} else if (memcmp(line.bytes, version, prefix) != 0) {
		return false;
	}
	for (int i = 0; i < 3; i++) {
		if (digits[i] < '0' || digits[i] > '9') {
			return false;
		}
		head->status = head->status * 10 + digits[i] - '0';
	}
	return head->status >= 100;
}

/**
 * parse_header() - parse a header line
 * @response: of one, of which values may have bytes beyond ASCII (RFC 9110,
 *            section 5.5)
 *
 * Return: false if it is malformed
 */
static bool parse_header(struct enc_text line, bool response,
			 struct enc_http1_header *header)
{
	const char *colon = memchr(line.bytes, ':', line.length);
	const char *end = line.bytes + line.length;

	if (colon == NULL || colon == line.bytes) {
		return false;
	}
	header->name =
		(struct enc_text){ line.bytes, (size_t)(colon - line.bytes) };
	for (size_t i = 0; i < header->name.length; i++) {
		if (!is_token((uint8_t)header->name.bytes[i])) {
			return false;
		}
	}
	for (colon++; colon < end && (*colon == ' ' || *colon == '\t');) {
		colon++;
	}
	while (end > colon && (end[-1] == ' ' || end[-1] == '\t')) {
		end--;
	}
	header->value = (struct enc_text){ colon, (size_t)(end - colon) };
	for (size_t i = 0; i < header->value.length; i++) {
		uint8_t c = (uint8_t)header->value.bytes[i];

		if (!is_visible(c) && c != ' ' && c != '\t' &&
		    !(response && c >= 0x80)) {
			return false;
		}
	}
	return true;
}

/* ---- what headers mean ---- */

/*
 * Headers that may come only once, because their value decides something. If
 * one came twice, parsers would differ about which value counts. All other
 * headers are lists or are ignored.
 */
enum once {
	LENGTH,
	ENCODING,
	OF_RESPONSES, /* those before it; in a response no other one counts */
	HOST = OF_RESPONSES,
	EXPECT,
	TYPE,
	CREDENTIAL,
	KEY,
	EVENT,
	ONCE_MAX,
};

static const char *const once_names[ONCE_MAX] = {
	[LENGTH] = "content-length",
	[ENCODING] = "transfer-encoding",
	[HOST] = "host",
	[EXPECT] = "expect",
	[TYPE] = "content-type",
	[CREDENTIAL] = "authorization",
	[KEY] = "idempotency-key",
	[EVENT] = "last-event-id",
};

/* The headers of enum once that a head has. */
struct seen {
	bool response;
	bool has[ONCE_MAX];
};

/* find_once() - find a header that may come only once; else ONCE_MAX */
static enum once find_once(struct enc_text name, bool response)
{
	int max = response ? OF_RESPONSES : ONCE_MAX;

	for (int i = 0; i < max; i++) {
		if (enc_http1_is(name, once_names[i])) {
			return (enum once)i;
		}
	}
	return ONCE_MAX;
}

/* read_length() - read 1 to 18 digits without a leading zero; else false */
static bool read_length(struct enc_text value, uint64_t *ret_length)
{
	uint64_t length = 0;

	if (value.length == 0 || value.length > LENGTH_DIGITS_MAX ||
	    (value.length > 1 && value.bytes[0] == '0')) {
		return false;
	}
	for (size_t i = 0; i < value.length; i++) {
		if (value.bytes[i] < '0' || value.bytes[i] > '9') {
			return false;
		}
		length = length * 10 + (uint64_t)(value.bytes[i] - '0');
	}
	*ret_length = length;
	return true;
}

/* check_host() - allow letters, digits and the marks of addresses and ports */
static bool check_host(struct enc_text value)
{
	for (size_t i = 0; i < value.length; i++) {
		uint8_t c = (uint8_t)value.bytes[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
		      c == '_' || c == ':' || c == '[' || c == ']')) {
			return false;
		}
	}
	return value.length > 0 && value.length <= 255;
}

/* read_connection() - look for `close` in the value of a Connection header */
static void read_connection(struct enc_text value, struct enc_http1_head *head)
{
	while (value.length > 0) {
		const char *comma = memchr(value.bytes, ',', value.length);
		size_t length = comma == NULL ? value.length
					      : (size_t)(comma - value.bytes);
		struct enc_text word = { value.bytes, length };

		while (word.length > 0 && word.bytes[0] == ' ') {
			word.bytes++;
			word.length--;
		}
		while (word.length > 0 && word.bytes[word.length - 1] == ' ') {
			word.length--;
		}
		head->close |= enc_http1_is(word, "close");
		length += comma == NULL ? 0 : 1;
		value.bytes += length;
		value.length -= length;
	}
}

/*
 * trimmed() - whether white space was removed after a value
 *
 * Then the byte after the value isn't CR. Parsers differ about white space
 * after a length or a coding, so that is refused.
 */
static bool trimmed(struct enc_text value)
{
	return value.bytes[value.length] != '\r';
}

/* apply() - note what a header means. Return: 0 or an error status */
static int apply(const struct enc_http1_header *header, struct seen *seen,
		 struct enc_http1_head *head)
{
	enum once once = find_once(header->name, seen->response);
	struct enc_text value = header->value;
	bool good = true;

	if (once == ONCE_MAX) {
		if (enc_http1_is(header->name, "connection")) {
			read_connection(value, head);
		}
		return 0;
	}
	if (seen->has[once]) {
		return BAD_REQUEST;
	}
	seen->has[once] = true;
	if (once == HOST) {
		good = check_host(value);
	} else if (once == LENGTH) {
		head->has_length = true;
		good = !trimmed(value) && read_length(value, &head->length);
	} else if (once == ENCODING) {
		head->chunked = true;
		/* No transfer coding but "chunked" is supported. */
		good = !trimmed(value) && enc_http1_is(value, "chunked");
	} else if (once == EXPECT) {
		head->expects_continue = true;
		return enc_http1_is(value, "100-continue") ? 0
							   : EXPECTATION_FAILED;
	}
	return good ? 0 : BAD_REQUEST;
}

/* parse_headers() - parse all header lines. Return: 0 or an error status */
static int parse_headers(const uint8_t *bytes, size_t at, size_t end,
			 struct enc_http1_head *head, struct seen *seen)
{
	while (at < end - 2) {
		struct enc_text line = line_at(bytes, at);
		struct enc_http1_header *header;
		int status;

		if (head->header_count == ENC_HTTP1_HEADERS_MAX) {
			return HEAD_TOO_LARGE;
		}
		header = &head->headers[head->header_count];
		if (!parse_header(line, seen->response, header)) {
			return BAD_REQUEST;
		}
		head->header_count++;
		status = apply(header, seen, head);
		if (status != 0) {
			return status;
		}
		at += line.length + 2;
	}
	return seen->has[LENGTH] && seen->has[ENCODING] ? BAD_REQUEST : 0;
}

/* too_large() - the error status of a head that is too long */
static int too_large(const uint8_t *bytes)
{
	return memchr(bytes, '\n', ENC_HTTP1_HEAD_MAX_BYTES) == NULL
		       ? TARGET_TOO_LONG
		       : HEAD_TOO_LARGE;
}

int enc_http1_request_any(const uint8_t *bytes, size_t length, size_t *scanned,
			  struct enc_http1_head *ret_head, int *ret_status)
{
	int end = find_end(bytes, ENC_MIN(length, ENC_HTTP1_HEAD_MAX_BYTES),
			   scanned);
	struct seen seen = { 0 };
	struct enc_text line;

	*ret_status = BAD_REQUEST;
	if (end < 0) {
		return end;
	}
	if (end == 0) {
		if (length < ENC_HTTP1_HEAD_MAX_BYTES) {
			return 0;
		}
		*ret_status = too_large(bytes);
		return -EPROTO;
	}
	memset(ret_head, 0, offsetof(struct enc_http1_head, headers));
	ret_head->chunked = ret_head->has_length = ret_head->close = false;
	ret_head->length = 0;
	line = line_at(bytes, 0);
	*ret_status = parse_request_line(line, ret_head);
	if (*ret_status == 0) {
		*ret_status = parse_headers(bytes, line.length + 2, (size_t)end,
					    ret_head, &seen);
	}
	if (*ret_status == 0 && !seen.has[HOST]) {
		*ret_status = BAD_REQUEST;
	}
	return *ret_status == 0 ? end : -EPROTO;
}

int enc_http1_request(const uint8_t *bytes, size_t length, size_t *scanned,
		      struct enc_http1_head *ret_head, int *ret_status)
{
	int end = enc_http1_request_any(bytes, length, scanned, ret_head,
					ret_status);

	if (end > 0 && !check_form(ret_head)) {
		*ret_status = BAD_REQUEST;
		return -EPROTO;
	}
	return end;
}

int enc_http1_response(const uint8_t *bytes, size_t length, size_t *scanned,
		       struct enc_http1_head *ret_head)
{
	int end = find_end(bytes, ENC_MIN(length, ENC_HTTP1_HEAD_MAX_BYTES),
			   scanned);
	struct seen seen = { .response = true };
	struct enc_text line;

	if (end <= 0) {
		return end < 0 || length >= ENC_HTTP1_HEAD_MAX_BYTES ? -EPROTO
								     : 0;
	}
	memset(ret_head, 0, offsetof(struct enc_http1_head, headers));
	ret_head->chunked = ret_head->has_length = ret_head->close = false;
	ret_head->length = 0;
	line = line_at(bytes, 0);
	if (!parse_status_line(line, ret_head) ||
	    parse_headers(bytes, line.length + 2, (size_t)end, ret_head,
			  &seen) != 0) {
		return -EPROTO;
	}
	/* HTTP/1.0 has no chunks, and readers differ about these. */
	return ret_head->old && ret_head->chunked ? -EPROTO : end;
}

/* ---- chunks ---- */

enum chunk_state {
	SIZE,	 /* a hex digit of the size, or the CR after it */
	SIZE_LF, /* the LF after the size */
	DATA,
	DATA_CR,
	DATA_LF,
	LAST_CR, /* the CR of the empty line after the last chunk */
	LAST_LF,
};

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* read_size() - read a hex digit of a chunk's size, or the CR after it */
static int read_size(struct enc_http1_chunks *chunks, uint8_t c)
{
	int value = hex_value(c);

	if (c == '\r' && chunks->digits > 0) {
		chunks->state = SIZE_LF;
		return 0;
	}
	if (value < 0 || ++chunks->digits > CHUNK_DIGITS_MAX) {
		return -EPROTO;
	}
	chunks->left = chunks->left << 4 | (uint64_t)value;
	return 0;
}

/* read_byte() - read a byte that isn't content of a chunk */
static int read_byte(struct enc_http1_chunks *chunks, uint8_t c)
{
	static const struct {
		uint8_t wanted;
		enum chunk_state next;
	} fixed[] = {
		[DATA_CR] = { '\r', DATA_LF },
		[DATA_LF] = { '\n', SIZE },
		[LAST_CR] = { '\r', LAST_LF },
		[LAST_LF] = { '\n', LAST_LF },
	};

	if (chunks->state == SIZE) {
		return read_size(chunks, c);
	}
	if (chunks->state == SIZE_LF) {
		chunks->state = chunks->left == 0 ? LAST_CR : DATA;
		return c == '\n' ? 0 : -EPROTO;
	}
	if (c != fixed[chunks->state].wanted) {
		return -EPROTO;
	}
	chunks->done = chunks->state == LAST_LF;
	if (chunks->state == DATA_LF) {
		chunks->digits = 0;
		chunks->left = 0;
	}
	chunks->state = fixed[chunks->state].next;
	return 0;
}

int enc_http1_chunks_next(struct enc_http1_chunks *chunks, const uint8_t *bytes,
			  size_t length, struct enc_text *ret_content)
{
	size_t at = 0;

	ENC_ASSERT(length <= INT_MAX);
	*ret_content = (struct enc_text){ "", 0 };
	while (at < length && !chunks->done) {
		if (chunks->state == DATA) {
			size_t part = (size_t)ENC_MIN(chunks->left,
						      (uint64_t)(length - at));

			*ret_content =
				(struct enc_text){ (const char *)bytes + at,
						   part };
			chunks->left -= part;
			if (chunks->left == 0) {
				chunks->state = DATA_CR;
			}
			return (int)(at + part);
		}
		if (read_byte(chunks, bytes[at++]) < 0) {
			return -EPROTO;
		}
	}
	return (int)at;
}

int enc_http1_chunks_read(struct enc_http1_chunks *chunks, const uint8_t *bytes,
			  size_t length, struct enc_buf *body)
{
	size_t at = 0;

	while (at < length && !chunks->done) {
		struct enc_text content;
		int used = enc_http1_chunks_next(chunks, bytes + at,
						 length - at, &content);
		int r = used < 0 ? used
				 : enc_buf_append(body, content.bytes,
						  content.length);

		if (r < 0) {
			return r;
		}
		at += (size_t)used;
	}
	return (int)at;
}
