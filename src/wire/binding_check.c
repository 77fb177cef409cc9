/*
 * Checks bindings, and whether requests are in their scope. A binding is
 * refused at its creation if a part of it couldn't be sent unchanged, so that
 * no request has to be repaired.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "binding.h"
#include "host_name.h"
#include "utf8.h"

/* ---- characters ---- */

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* hex_value() - the value of a hex digit, or -1 */
static int hex_value(char c)
{
	if (is_digit(c)) {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* is_word() - whether a text has 1 to @max bytes, each from @first to '~' */
static bool is_word(struct enc_text text, size_t max, char first)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.bytes[i] < first || text.bytes[i] > '~') {
			return false;
		}
	}
	return text.length > 0 && text.length <= max;
}

static bool same_text(struct enc_text one, struct enc_text other)
{
	return one.length == other.length &&
	       memcmp(one.bytes, other.bytes, one.length) == 0;
}

/* same_word() - compare with a word, without regard to case */
static bool same_word(struct enc_text text, const char *word)
{
	return text.length == strlen(word) &&
	       strncasecmp(text.bytes, word, text.length) == 0;
}

/* ---- paths ---- */

/*
 * is_plain() - whether a path may have a byte unencoded: pchar of RFC 3986 but
 * ';'
 */
static bool is_plain(char c)
{
	return is_upper(c) || is_lower(c) || is_digit(c) ||
	       (c != '\0' && strchr("-._~!$&'()*+,=:@/", c) != NULL);
}

/*
 * may_encode() - whether a path may have a byte percent-encoded. It may not if
 * the byte has a meaning for a server that decodes once, or twice
 */
static bool may_encode(uint8_t byte)
{
	return byte >= ' ' && byte != 0x7f && strchr("./\\%?#;", byte) == NULL;
}

/* read_encoded() - read "%XX"; -1 if it isn't that */
static int read_encoded(struct enc_text path, size_t at)
{
	int high;
	int low;

	if (path.length - at < 3 || path.bytes[at] != '%') {
		return -1;
	}
	high = hex_value(path.bytes[at + 1]);
	low = hex_value(path.bytes[at + 2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/*
 * encoded_length() - count the bytes of an encoded character; 0 if a path may
 * not have it
 */
static size_t encoded_length(struct enc_text path, size_t at)
{
	uint8_t character[ENC_UTF8_MAX_BYTES];
	size_t count = 0;
	uint32_t point;
	size_t used;

	while (count < sizeof(character)) {
		int byte = read_encoded(path, at + 3 * count);

		if (byte < 0) {
			break;
		}
		character[count++] = (uint8_t)byte;
	}
	if (count == 0) {
		return 0;
	}
	used = enc_utf8_decode(character, count, &point);
	/* C1 controls are controls, too. */
	if (used == 0 || (used == 1 && !may_encode(character[0])) ||
	    (point >= 0x80 && point < 0xa0)) {
		return 0;
	}
	return 3 * used;
}

/*
 * is_dots() - whether a segment has only dots and spaces. Some servers leave
 * out both at its end, and find "..", "." or nothing
 */
static bool is_dots(const char *segment, size_t length)
{
	size_t at = 0;

	while (at < length) {
		if (segment[at] == '.') {
			at++;
		} else if (length - at >= 3 &&
			   memcmp(segment + at, "%20", 3) == 0) {
			at += 3;
		} else {
			return false;
		}
	}
	return length > 0;
}

/*
 * is_clear_path() - whether all servers understand a path alike; see
 * enc_binding_allows()
 */
static bool is_clear_path(struct enc_text path)
{
	size_t segment = 1;

	if (path.length == 0 || path.bytes[0] != '/') {
		return false;
	}
	for (size_t i = 1; i < path.length;) {
		size_t length =
			is_plain(path.bytes[i]) ? 1 : encoded_length(path, i);

		if (length == 0) {
			return false;
		}
		if (path.bytes[i] == '/') {
			if (i == segment ||
			    is_dots(path.bytes + segment, i - segment)) {
				return false;
			}
			segment = i + 1;
		}
		i += length;
	}
	return !is_dots(path.bytes + segment, path.length - segment);
}

/* is_method() - whether any scope may have a method */
static bool is_method(struct enc_text method)
{
	for (size_t i = 0; i < method.length; i++) {
		if (!is_upper(method.bytes[i]) && method.bytes[i] != '-') {
			return false;
		}
	}
	return method.length > 0 &&
	       method.length <= ENC_BINDING_METHOD_MAX_BYTES &&
	       !same_word(method, "CONNECT") && !same_word(method, "TRACE");
}

/* is_tree() - whether a path of a scope ends with "*" */
static bool is_tree(struct enc_text pattern)
{
	return pattern.length >= 2 &&
	       memcmp(pattern.bytes + pattern.length - 2, "/*", 2) == 0;
}

/* matches() - whether a path of a scope allows a path */
static bool matches(struct enc_text pattern, struct enc_text path)
{
	size_t prefix = pattern.length - 1;

	if (!is_tree(pattern)) {
		return same_text(pattern, path);
	}
	return path.length >= prefix &&
	       memcmp(path.bytes, pattern.bytes, prefix) == 0;
}

bool enc_binding_allows(const struct enc_binding *binding,
			struct enc_text method, struct enc_text path)
{
	bool method_fits = binding->method_count == 0;
	bool path_fits = binding->path_count == 0;

	if (!is_method(method) || !is_clear_path(path)) {
		return false;
	}
	for (size_t i = 0; i < binding->method_count && !method_fits; i++) {
		method_fits = same_text(binding->methods[i], method);
	}
	for (size_t i = 0; i < binding->path_count && !path_fits; i++) {
		path_fits = matches(binding->paths[i], path);
	}
	return method_fits && path_fits;
}

/* ---- what a binding may be ---- */

/* check_fn - check some members. Return: NULL, or what is wrong */
typedef const char *check_fn(const struct enc_binding *binding);

static const char *check_numbers(const struct enc_binding *binding)
{
	if (binding->version == 0) {
		return "version: must be at least 1";
	}
	if (binding->injection <= ENC_INJECTION_INVALID ||
	    binding->injection >= ENC_INJECTION_MAX) {
		return "injection: must be none, bearer, header or basic";
	}
	if (binding->port == 0) {
		return "upstream: the port must be 1 to 65535";
	}
	if (binding->rate > ENC_BINDING_RATE_MAX) {
		return "rateLimit: must be at most 1000000 requests per minute";
	}
	return NULL;
}

static const char *check_names(const struct enc_binding *binding)
{
	struct enc_text name = binding->name;

	if (!is_word(binding->org, ENC_BINDING_ID_MAX_BYTES, '!') ||
	    !is_word(binding->id, ENC_BINDING_ID_MAX_BYTES, '!')) {
		return "id: must be 1 to 64 visible ASCII characters";
	}
	for (size_t i = 0; i < name.length; i++) {
		if (!is_lower(name.bytes[i]) && !is_digit(name.bytes[i]) &&
		    name.bytes[i] != '-') {
			return "name: may have only lower-case letters, "
			       "digits and hyphens";
		}
	}
	if (name.length == 0 || name.length > ENC_BINDING_NAME_MAX_BYTES) {
		return "name: must have 1 to 63 characters";
	}
	if (name.bytes[0] == '-' || name.bytes[name.length - 1] == '-') {
		return "name: must not begin or end with a hyphen";
	}
	return NULL;
}

/* is_address() - whether a text is an address as inet_ntop() writes it */
static bool is_address(int family, const char *text)
{
	uint8_t address[ENC_ADDRESS_BYTES];
	char again[INET6_ADDRSTRLEN];

	return inet_pton(family, text, address) == 1 &&
	       inet_ntop(family, address, again, sizeof(again)) != NULL &&
	       strcmp(text, again) == 0 &&
	       (family == AF_INET || enc_address_v4(address) == NULL);
}

static const char *check_host(const struct enc_binding *binding)
{
	struct enc_text host = binding->host;
	char name[ENC_HOST_NAME_BYTES];
	char copy[INET6_ADDRSTRLEN] = { 0 };

	if (enc_host_name_read(host.bytes, host.length, name) == 0 &&
	    memcmp(host.bytes, name, host.length) == 0) {
		return NULL;
	}
	if (host.length < sizeof(copy) && host.length > 0) {
		memcpy(copy, host.bytes, host.length);
	}
	/* A NUL in the host would end the copy early. */
	if (strlen(copy) == host.length &&
	    (is_address(AF_INET, copy) || is_address(AF_INET6, copy))) {
		return NULL;
	}
	return "upstream: must have a host name or an address, in its "
	       "canonical form";
}

static const char *check_base(const struct enc_binding *binding)
{
	struct enc_text base = binding->base;

	if (base.length == 0) {
		return NULL;
	}
	if (base.length > ENC_BINDING_PATH_MAX_BYTES) {
		return "upstream: the path must have at most 1024 bytes";
	}
	if (!is_clear_path(base) || base.bytes[base.length - 1] == '/') {
		return "upstream: the path must be plain, without a slash at "
		       "its end";
	}
	return NULL;
}

/* is_reserved() - whether a message is framed or routed by a header */
static bool is_reserved(struct enc_text header)
{
	static const char *const names[] = {
		"accept-encoding",
		"connection",
		"content-encoding",
		"content-length",
		"expect",
		"host",
		"http2-settings",
		"keep-alive",
		"te",
		"trailer",
		"transfer-encoding",
		"upgrade",
	};
	static const char proxy[] = "proxy-";

	for (size_t i = 0; i < ENC_COUNT(names); i++) {
		if (same_word(header, names[i])) {
			return true;
		}
	}
	return header.length >= strlen(proxy) &&
	       strncasecmp(header.bytes, proxy, strlen(proxy)) == 0;
}

static const char *check_header(const struct enc_binding *binding)
{
	struct enc_text header = binding->header;

	if (binding->injection != ENC_INJECTION_HEADER) {
		return header.length == 0
			       ? NULL
			       : "header: only the scheme header has one";
	}
	if (header.length == 0 ||
	    header.length > ENC_BINDING_HEADER_MAX_BYTES) {
		return "header: must have 1 to 128 characters";
	}
	for (size_t i = 0; i < header.length; i++) {
		char c = header.bytes[i];

		if (!is_upper(c) && !is_lower(c) && !is_digit(c) && c != '-') {
			return "header: may have only letters, digits and "
			       "hyphens";
		}
	}
	return is_reserved(header) ? "header: messages are framed or routed "
				     "by this one"
				   : NULL;
}

static const char *check_username(const struct enc_binding *binding)
{
	struct enc_text name = binding->username;

	if (binding->injection != ENC_INJECTION_BASIC && name.length > 0) {
		return "username: only the scheme basic has one";
	}
	if (name.length > ENC_BINDING_USERNAME_MAX_BYTES) {
		return "username: must have at most 255 bytes";
	}
	for (size_t i = 0; i < name.length;) {
		uint32_t point = 0;
		size_t used = enc_utf8_decode((const uint8_t *)name.bytes + i,
					      name.length - i, &point);

		if (used == 0 || point < ' ' || point == ':' ||
		    (point >= 0x7f && point < 0xa0)) {
			return "username: must be UTF-8 without colons and "
			       "control characters";
		}
		i += used;
	}
	return NULL;
}

static const char *check_secret(const struct enc_binding *binding)
{
	struct enc_text secret = binding->secret;

	if (binding->injection == ENC_INJECTION_NONE) {
		return secret.length == 0
			       ? NULL
			       : "secret: the scheme none has no secret";
	}
	if (secret.length == 0 ||
	    secret.length > ENC_BINDING_SECRET_MAX_BYTES) {
		return "secret: must have 1 to 8192 bytes";
	}
	if (!is_word(secret, secret.length, ' ')) {
		return "secret: may have only printable ASCII characters";
	}
	if (secret.bytes[0] == ' ' || secret.bytes[secret.length - 1] == ' ') {
		return "secret: must not begin or end with a space";
	}
	if (binding->mask && secret.length < ENC_BINDING_MASKED_MIN_BYTES) {
		return "secret: one of less than 16 bytes can't be masked; it "
		       "needs --no-mask (maskSecret: false)";
	}
	return NULL;
}

static const char *check_scope(const struct enc_binding *binding)
{
	if (binding->method_count > ENC_BINDING_METHODS_MAX) {
		return "scope: must have at most 16 methods";
	}
	if (binding->path_count > ENC_BINDING_PATHS_MAX) {
		return "scope: must have at most 64 paths";
	}
	for (size_t i = 0; i < binding->method_count; i++) {
		if (!is_method(binding->methods[i])) {
			return "scope: a method must be 1 to 32 upper-case "
			       "letters and hyphens, not CONNECT or TRACE";
		}
	}
	for (size_t i = 0; i < binding->path_count; i++) {
		struct enc_text path = binding->paths[i];

		if (path.length > ENC_BINDING_PATH_MAX_BYTES) {
			return "scope: a path must have at most 1024 bytes";
		}
		path.length -= is_tree(path) ? 1 : 0;
		if (!is_clear_path(path) ||
		    memchr(path.bytes, '*', path.length) != NULL) {
			return "scope: a path must begin with a slash, be "
			       "plain (no query, no encoded slash), and have "
			       "an asterisk only behind its last slash, as in "
			       "/v1/*";
		}
	}
	return NULL;
}

int enc_binding_check(const struct enc_binding *binding, const char **ret_why)
{
	static check_fn *const checks[] = {
		check_numbers, check_names,    check_host,   check_base,
		check_header,  check_username, check_secret, check_scope,
	};

	for (size_t i = 0; i < ENC_COUNT(checks); i++) {
		const char *why = checks[i](binding);

		if (why != NULL) {
			*ret_why = why;
			return -EINVAL;
		}
	}
	return 0;
}
