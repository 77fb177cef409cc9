#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "http_host.h"

enum {
	PORT_HTTP = 80,
	PORT_MAX = 65535,
	PORT_DIGITS_MAX = 5,
	V4_OFFSET = 12, /* where the address is in a mapped one */
};

static const char scheme[] = "http://";

/* ---- host and port as text ---- */

/* read_port() - read 1 to 65535 without a leading zero; else false */
static bool read_port(struct enc_text text, uint16_t *ret_port)
{
	unsigned int port = 0;

	if (text.length == 0 || text.length > PORT_DIGITS_MAX ||
	    text.bytes[0] == '0') {
		return false;
	}
	for (size_t i = 0; i < text.length; i++) {
		if (text.bytes[i] < '0' || text.bytes[i] > '9') {
			return false;
		}
		port = port * 10 + (unsigned int)(text.bytes[i] - '0');
	}
	*ret_port = (uint16_t)port;
	return port <= PORT_MAX;
}

/* read_address() - read an address of a family in its one strict form */
static bool read_address(int family, struct enc_text text, uint8_t *ret_address)
{
	char copy[INET6_ADDRSTRLEN] = { 0 };

	if (text.length >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text.bytes, text.length);
	return inet_pton(family, copy, ret_address) == 1;
}

/* read_host() - read a name or an address */
static bool read_host(struct enc_text text, struct enc_http_host *host)
{
	if (text.length > 0 && text.bytes[0] == '[') {
		struct enc_text inside = { text.bytes + 1, text.length - 2 };

		return text.length > 2 && text.bytes[text.length - 1] == ']' &&
		       read_address(AF_INET6, inside, host->address);
	}
	if (read_address(AF_INET, text, host->address + V4_OFFSET)) {
		memset(host->address + V4_OFFSET - 2, 0xff, 2);
		return true;
	}
	if (text.length > 0 && text.bytes[text.length - 1] == '.') {
		text.length--;
	}
	return enc_host_name_read(text.bytes, text.length, host->name) == 0;
}

/*
 * read_authority() - read a host with or without a port
 * @port: for an authority without one; 0: there has to be one
 */
static bool read_authority(struct enc_text text, uint16_t port,
			   struct enc_http_host *ret_host)
{
	struct enc_http_host host = { .port = port };
	const char *colon = memrchr(text.bytes, ':', text.length);
	const char *end = text.bytes + text.length;

	if (text.length > 0 && end[-1] == ']') {
		colon = NULL; /* it is part of an address */
	}
	if (colon != NULL) {
		struct enc_text digits = { colon + 1,
					   (size_t)(end - colon - 1) };

		if (!read_port(digits, &host.port)) {
			return false;
		}
		text.length = (size_t)(colon - text.bytes);
	}
	if (host.port == 0 || !read_host(text, &host)) {
		return false;
	}
	*ret_host = host;
	return true;
}

/* ---- the request ---- */

/* is_method() - whether a method is this one; methods have a case */
static bool is_method(const struct enc_http1_head *head, const char *method)
{
	return head->method.length == strlen(method) &&
	       memcmp(head->method.bytes, method, head->method.length) == 0;
}

/*
 * read_target() - find the form of a target, and the authority that it has in
 * absolute-form and authority-form; else @ret_authority is empty
 */
static enum enc_http_form read_target(const struct enc_http1_head *head,
				      struct enc_text *ret_authority)
{
	struct enc_text target = head->target;
	size_t prefix = strlen(scheme);

	*ret_authority = (struct enc_text){ target.bytes, 0 };
	if (is_method(head, "CONNECT")) {
		*ret_authority = target;
		return ENC_HTTP_FORM_AUTHORITY;
	}
	if (target.length > 0 && target.bytes[0] == '/') {
		return ENC_HTTP_FORM_ORIGIN;
	}
	if (target.length == 1 && target.bytes[0] == '*') {
		return is_method(head, "OPTIONS") ? ENC_HTTP_FORM_ASTERISK
						  : ENC_HTTP_FORM_INVALID;
	}
	if (target.length < prefix ||
	    strncasecmp(target.bytes, scheme, prefix) != 0) {
		return ENC_HTTP_FORM_INVALID;
	}
	ret_authority->bytes = target.bytes + prefix;
	for (size_t i = prefix; i < target.length && target.bytes[i] != '/' &&
				target.bytes[i] != '?';
	     i++) {
		ret_authority->length++;
	}
	return ENC_HTTP_FORM_ABSOLUTE;
}

/* find_host() - find the only Host header; NULL if there isn't exactly one */
static const struct enc_text *find_host(const struct enc_http1_head *head)
{
	const struct enc_text *found = NULL;

	for (size_t i = 0; i < head->header_count; i++) {
		if (!enc_http1_is(head->headers[i].name, "host")) {
			continue;
		}
		if (found != NULL) {
			return NULL;
		}
		found = &head->headers[i].value;
	}
	return found;
}

static bool same_host(const struct enc_http_host *a,
		      const struct enc_http_host *b)
{
	return strcmp(a->name, b->name) == 0 && a->port == b->port &&
	       memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

int enc_http_host_read(const struct enc_http1_head *head,
		       struct enc_http_host *ret_host)
{
	const struct enc_text *header = find_host(head);
	struct enc_text authority;
	struct enc_http_host host;
	struct enc_http_host target = { .port = 0 };
	enum enc_http_form form = read_target(head, &authority);
	bool connect = form == ENC_HTTP_FORM_AUTHORITY;
	bool twice = connect || form == ENC_HTTP_FORM_ABSOLUTE;

	if (form == ENC_HTTP_FORM_INVALID || header == NULL) {
		return -EPROTO;
	}
	if (twice &&
	    !read_authority(authority, connect ? 0 : PORT_HTTP, &target)) {
		return -EPROTO;
	}
	if (!read_authority(*header, connect ? target.port : PORT_HTTP,
			    &host)) {
		return -EPROTO;
	}
	if (twice && !same_host(&host, &target)) {
		return -EPROTO;
	}
	host.form = form;
	*ret_host = host;
	return 0;
}
