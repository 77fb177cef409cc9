#include <errno.h>
#include <string.h>
#include <strings.h>

#include "compose.h"

enum {
	HTTP_PORT = 80,
	HTTPS_PORT = 443,
	NO_CONTENT = 204,
	PARTIAL = 206,
	/* Most heads are shorter, so they don't grow step by step. */
	USUAL_BYTES = 1000,
};

/* ---- names of headers ---- */

#define WORD(text)                       \
	{                                \
		(text), sizeof(text) - 1 \
	}

/*
 * Headers that are never passed on, in either direction: they are about the
 * connection (RFC 9110, section 7.6.1), or are composed anew.
 */
static const struct enc_text of_connection[] = {
	WORD("connection"), WORD("content-length"),    WORD("http2-settings"),
	WORD("keep-alive"), WORD("proxy-connection"),  WORD("te"),
	WORD("trailer"),    WORD("transfer-encoding"), WORD("upgrade"),
};

/* Headers of a request that change its destination or tell its sender. */
static const struct enc_text of_request[] = {
	WORD("authorization"),
	WORD("cf-connecting-ip"),
	WORD("client-ip"),
	WORD("expect"),
	WORD("forwarded"),
	WORD("host"),
	WORD("proxy"), /* CGI has it as HTTP_PROXY, which clients obey */
	WORD("true-client-ip"),
	WORD("x-client-ip"),
	WORD("x-cluster-client-ip"),
	WORD("x-forwarded"),
	WORD("x-host"),
	WORD("x-http-host-override"),
	WORD("x-http-method"),
	WORD("x-http-method-override"),
	WORD("x-method-override"),
	WORD("x-middleware-subrequest"),
	WORD("x-original-forwarded-for"),
	WORD("x-original-host"),
	WORD("x-original-method"),
	WORD("x-original-uri"),
	WORD("x-original-url"),
	WORD("x-override-url"),
	WORD("x-real-ip"),
	WORD("x-rewrite-url"),
};

/*
 * Headers of a request that ask for responses in a form that can't be masked.
 */
static const struct enc_text of_masked[] = { WORD("a-im"),
					     WORD("accept-encoding"),
					     WORD("if-range"), WORD("range") };

/* Headers of a response that name other ways to the upstream. */
static const struct enc_text of_response[] = { WORD("alt-svc") };

/* Beginnings of names. */
static const struct enc_text families[] = { WORD("proxy-"),
					    WORD("x-forwarded-") };

/*
 * plain() - a character of a name in lower case; all signs are "-", since CGI
 * and its like make "_" of them
 */
static char plain(char c)
{
	if (c >= 'A' && c <= 'Z') {
		return (char)(c | 0x20);
	}
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
		return c;
	}
	return '-';
}

/* is_like() - whether a name is @other, with any sign as "-" in either */
static bool is_like(struct enc_text name, struct enc_text other)
{
	if (name.length != other.length) {
		return false;
	}
	for (size_t i = 0; i < name.length; i++) {
		if (plain(name.bytes[i]) != plain(other.bytes[i])) {
			return false;
		}
	}
	return true;
}

static bool is_word(struct enc_text name, const char *word)
{
	return is_like(name, (struct enc_text){ word, strlen(word) });
}

static bool is_one_of(struct enc_text name, const struct enc_text *words,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_like(name, words[i])) {
			return true;
		}
	}
	return false;
}

#define IS_ONE_OF(name, words) is_one_of((name), (words), ENC_COUNT(words))

static bool is_of_family(struct enc_text name)
{
	for (size_t i = 0; i < ENC_COUNT(families); i++) {
		size_t length = families[i].length;

		if (name.length >= length &&
		    is_like((struct enc_text){ name.bytes, length },
			    families[i])) {
			return true;
		}
	}
	return false;
}

/* next_word() - take the next word of a list with commas; false at its end */
static bool next_word(struct enc_text *list, struct enc_text *ret_word)
{
	const char *comma = memchr(list->bytes, ',', list->length);
	size_t length =
		comma == NULL ? list->length : (size_t)(comma - list->bytes);
	struct enc_text word = { list->bytes, length };

	if (list->length == 0) {
		return false;
	}
	length += comma == NULL ? 0 : 1;
	list->bytes += length;
	list->length -= length;
	while (word.length > 0 &&
	       (word.bytes[0] == ' ' || word.bytes[0] == '\t')) {
		word.bytes++;
		word.length--;
	}
	while (word.length > 0 && (word.bytes[word.length - 1] == ' ' ||
				   word.bytes[word.length - 1] == '\t')) {
		word.length--;
	}
	*ret_word = word;
	return true;
}

/* is_named() - whether a Connection header names a header as its own */
static bool is_named(const struct enc_http1_head *head, struct enc_text name)
{
	for (size_t i = 0; i < head->header_count; i++) {
		struct enc_text list = head->headers[i].value;
		struct enc_text listed;

		if (!enc_http1_is(head->headers[i].name, "connection")) {
			continue;
		}
		while (next_word(&list, &listed)) {
			if (is_like(name, listed)) {
				return true;
			}
		}
	}
	return false;
}

static bool is_end_to_end(const struct enc_http1_head *head,
			  struct enc_text name)
{
	return !IS_ONE_OF(name, of_connection) && !is_of_family(name) &&
	       !is_named(head, name);
}

/* ---- writing ---- */

static int put_text(struct enc_buf *out, struct enc_text text)
{
	return enc_buf_append(out, text.bytes, text.length);
}

/* put_header() - append a header line */
static int put_header(struct enc_buf *out,
		      const struct enc_http1_header *header)
{
	int r = put_text(out, header->name);

	r = r < 0 ? r : enc_buf_append(out, ": ", 2);
	r = r < 0 ? r : put_text(out, header->value);
	return r < 0 ? r : enc_buf_append(out, "\r\n", 2);
}

static int put_length(struct enc_buf *out, uint64_t length)
{
	int r = enc_buf_text(out, "Content-Length: ");

	r = r < 0 ? r : enc_buf_number(out, length);
	return r < 0 ? r : enc_buf_append(out, "\r\n", 2);
}

static uint16_t usual_port(const struct enc_binding *binding)
{
	return binding->tls ? HTTPS_PORT : HTTP_PORT;
}

/* put_origin() - append host and port of the upstream, as in a URL */
static int put_origin(struct enc_buf *out, const struct enc_binding *binding)
{
	struct enc_text host = binding->host;
	bool v6 = memchr(host.bytes, ':', host.length) != NULL;
	int r = enc_buf_text(out, v6 ? "[" : "");

	r = r < 0 ? r : put_text(out, host);
	r = r < 0 ? r : enc_buf_text(out, v6 ? "]" : "");
	if (r == 0 && binding->port != usual_port(binding)) {
		r = enc_buf_text(out, ":");
		r = r < 0 ? r : enc_buf_number(out, binding->port);
	}
	return r;
}

/* ---- the request ---- */

static bool is_method(const struct enc_http1_head *head, const char *word)
{
	return head->method.length == strlen(word) &&
	       memcmp(head->method.bytes, word, head->method.length) == 0;
}

const char *enc_compose_fault(const struct enc_http1_head *head)
{
	bool bare = is_method(head, "GET") || is_method(head, "HEAD") ||
		    is_method(head, "OPTIONS");

	if (bare && (head->chunked || (head->has_length && head->length > 0))) {
		/* An upstream may take the body for another request. */
		return "a GET, HEAD or OPTIONS request has no body here";
	}
	for (size_t i = 0; i < head->header_count; i++) {
		struct enc_text name = head->headers[i].name;

		if (is_word(name, "upgrade") ||
		    is_word(name, "http2-settings")) {
			return "no other protocol is supported";
		}
	}
	return NULL;
}

struct enc_text enc_compose_path(const struct enc_http1_head *head)
{
	const char *query =
		memchr(head->target.bytes, '?', head->target.length);

	return (struct enc_text){
		head->target.bytes,
		query == NULL ? head->target.length
			      : (size_t)(query - head->target.bytes)
	};
}

/* goes_up() - whether a header of the program goes to the upstream */
static bool goes_up(const struct enc_binding *binding,
		    const struct enc_http1_head *head, struct enc_text name)
{
	return is_end_to_end(head, name) && !IS_ONE_OF(name, of_request) &&
	       !(binding->mask && IS_ONE_OF(name, of_masked)) &&
	       !(binding->injection == ENC_INJECTION_HEADER &&
		 is_like(name, binding->header));
}

static int put_request_line(struct enc_buf *out,
			    const struct enc_binding *binding,
			    const struct enc_http1_head *head)
{
	int r = put_text(out, head->method);

	r = r < 0 ? r : enc_buf_append(out, " ", 1);
	r = r < 0 ? r : put_text(out, binding->base);
	r = r < 0 ? r : put_text(out, head->target);
	return r < 0 ? r : enc_buf_text(out, " HTTP/1.1\r\nHost: ");
}

/* put_request_framing() - say how long the body is */
static int put_request_framing(struct enc_buf *out,
			       const struct enc_http1_head *head)
{
	if (head->chunked) {
		/*
		 * An upstream that doesn't know chunks would read their content
		 * as further requests, which no scope was applied to. After
		 * `close` it mustn't read any.
		 */
		return enc_buf_text(out, "Transfer-Encoding: chunked\r\n"
					 "Connection: close\r\n");
	}
	/*
	 * These methods usually have a body: tell if there is none (RFC 9110,
	 * 8.6).
	 */
	if (head->has_length || is_method(head, "POST") ||
	    is_method(head, "PUT") || is_method(head, "PATCH")) {
		return put_length(out, head->length);
	}
	return 0;
}

int enc_compose_request(struct enc_buf *out, const struct enc_binding *binding,
			const struct enc_http1_head *head)
{
	int r = enc_buf_reserve(out, USUAL_BYTES);

	r = r < 0 ? r : put_request_line(out, binding, head);
	r = r < 0 ? r : put_origin(out, binding);
	r = r < 0 ? r : enc_buf_append(out, "\r\n", 2);
	r = r < 0 ? r : enc_binding_credential(binding, out);
	for (size_t i = 0; r == 0 && i < head->header_count; i++) {
		if (goes_up(binding, head, head->headers[i].name)) {
			r = put_header(out, &head->headers[i]);
		}
	}
	if (r == 0 && binding->mask) {
		r = enc_buf_text(out, "Accept-Encoding: identity\r\n");
	}
	r = r < 0 ? r : put_request_framing(out, head);
	return r < 0 ? r : enc_buf_append(out, "\r\n", 2);
}

/* ---- the response ---- */

/*
 * The upstream's own reason phrases are dropped, because the parser doesn't
 * check them.
 */
static const struct {
	int status;
	const char *words;
} phrases[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
};

static const char *phrase_of(int status)
{
	for (size_t i = 0; i < ENC_COUNT(phrases); i++) {
		if (phrases[i].status == status) {
			return phrases[i].words;
		}
	}
	return "Unknown";
}

/*
 * is_plain() - whether the body is neither encoded nor partial, so that it can
 * be masked
 */
static bool is_plain(const struct enc_http1_head *head)
{
	for (size_t i = 0; i < head->header_count; i++) {
		if (is_word(head->headers[i].name, "content-encoding") &&
		    !enc_http1_is(head->headers[i].value, "identity") &&
		    head->headers[i].value.length > 0) {
			return false;
		}
	}
	return head->status != PARTIAL &&
	       enc_http1_find(head, "content-range") == NULL;
}

/* take_prefix() - take a beginning away from a text, if it has it */
static bool take_prefix(struct enc_text *text, struct enc_text prefix)
{
	if (text->length < prefix.length ||
	    strncasecmp(text->bytes, prefix.bytes, prefix.length) != 0) {
		return false;
	}
	text->bytes += prefix.length;
	text->length -= prefix.length;
	return true;
}

/*
 * take_port() - take the port that may follow the upstream's host. Return:
 * whether it is the upstream's
 */
static bool take_port(struct enc_text *url, uint16_t usual, uint16_t wanted)
{
	uint32_t port = 0;
	size_t at = 1;

	if (url->length == 0 || url->bytes[0] != ':') {
		return wanted == usual;
	}
	for (; at < url->length && at < 6 && url->bytes[at] >= '0' &&
	       url->bytes[at] <= '9';
	     at++) {
		port = port * 10 + (uint32_t)(url->bytes[at] - '0');
	}
	url->bytes += at;
	url->length -= at;
	return at > 1 && port == wanted;
}

/*
 * take_origin() - take the upstream's scheme, host and port from the beginning
 * of a URL. Return: whether they were there, and a path follows
 */
static bool take_origin(const struct enc_binding *binding, struct enc_text *url)
{
	static const struct enc_text schemes[] = { { "http://", 7 },
						   { "https://", 8 } };
	bool v6 =
		memchr(binding->host.bytes, ':', binding->host.length) != NULL;
	static const struct enc_text open = { "[", 1 };
	static const struct enc_text close = { "]", 1 };

	return take_prefix(url, schemes[binding->tls ? 1 : 0]) &&
	       (!v6 || take_prefix(url, open)) &&
	       take_prefix(url, binding->host) &&
	       (!v6 || take_prefix(url, close)) &&
	       take_port(url, usual_port(binding), binding->port) &&
	       (url->length == 0 || url->bytes[0] == '/' ||
		url->bytes[0] == '?');
}

/* take_base() - take the base path; false if the path isn't below it */
static bool take_base(const struct enc_binding *binding, struct enc_text *path)
{
	struct enc_text rest = *path;

	if (rest.length < binding->base.length ||
	    memcmp(rest.bytes, binding->base.bytes, binding->base.length) !=
		    0) {
		return false;
	}
	rest.bytes += binding->base.length;
	rest.length -= binding->base.length;
	if (rest.length > 0 && rest.bytes[0] != '/' && rest.bytes[0] != '?') {
		return false;
	}
	*path = rest;
	return true;
}

/*
 * put_location() - append a header with a URL. A URL below the upstream's base
 * becomes one of the binding. A path outside of the base gets the upstream's
 * name, because the program would look for it below the binding.
 */
static int put_location(struct enc_buf *out, const struct enc_binding *binding,
			const struct enc_http1_header *header)
{
	struct enc_text url = header->value;
	bool is_path = url.length > 0 && url.bytes[0] == '/' &&
		       !(url.length > 1 && url.bytes[1] == '/');
	int r;

	if (!is_path && !take_origin(binding, &url)) {
		return put_header(out, header);
	}
	r = put_text(out, header->name);
	r = r < 0 ? r : enc_buf_append(out, ": ", 2);
	if (r == 0 && take_base(binding, &url)) {
		r = enc_buf_text(out, "http://");
		r = r < 0 ? r : put_text(out, binding->name);
		r = r < 0 ? r : enc_buf_text(out, ".svc.enclave.internal");
	} else if (r == 0) {
		r = enc_buf_text(out, binding->tls ? "https://" : "http://");
		r = r < 0 ? r : put_origin(out, binding);
	}
	r = r < 0 ? r : put_text(out, url);
	return r < 0 ? r : enc_buf_append(out, "\r\n", 2);
}

static int put_response_headers(struct enc_buf *out,
				const struct enc_binding *binding,
				const struct enc_http1_head *head)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < head->header_count; i++) {
		const struct enc_http1_header *header = &head->headers[i];

		if (!is_end_to_end(head, header->name) ||
		    IS_ONE_OF(header->name, of_response)) {
			continue;
		}
		r = is_word(header->name, "location") ||
				    is_word(header->name, "content-location")
			    ? put_location(out, binding, header)
			    : put_header(out, header);
	}
	return r;
}

static int put_status_line(struct enc_buf *out, int status)
{
	int r = enc_buf_text(out, "HTTP/1.1 ");

	r = r < 0 ? r : enc_buf_number(out, (uint64_t)status);
	r = r < 0 ? r : enc_buf_text(out, " ");
	r = r < 0 ? r : enc_buf_text(out, phrase_of(status));
	return r < 0 ? r : enc_buf_text(out, "\r\n");
}

int enc_compose_response(struct enc_buf *out, const struct enc_binding *binding,
			 const struct enc_http1_head *head,
			 const struct enc_compose_answer *answer)
{
	int r;

	if (head->status < 200 || (binding->mask && !is_plain(head))) {
		return -EPROTO;
	}
	r = put_status_line(out, head->status);
	r = r < 0 ? r : put_response_headers(out, binding, head);
	if (r == 0 && answer->chunked) {
		r = enc_buf_text(out, "Transfer-Encoding: chunked\r\n");
	} else if (r == 0 && head->has_length && head->status != NO_CONTENT) {
		r = put_length(out, head->length);
	}
	if (r == 0 && answer->close) {
		r = enc_buf_text(out, "Connection: close\r\n");
	}
	return r < 0 ? r : enc_buf_append(out, "\r\n", 2);
}
