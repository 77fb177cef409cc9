#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "upstream.h"

enum { HTTP_PORT = 80, HTTPS_PORT = 443, PORT_DIGITS = 5 };

/* skip() - take @length bytes off the front of a text */
static struct enc_text skip(struct enc_text text, size_t length)
{
	return (struct enc_text){ text.bytes + length, text.length - length };
}

/* begins_with() - whether a text begins with a word, without regard to case */
static bool begins_with(struct enc_text text, const char *word)
{
	return text.length >= strlen(word) &&
	       strncasecmp(text.bytes, word, strlen(word)) == 0;
}

/* span_to() - count the bytes before the first @end; all if there is none */
static size_t span_to(struct enc_text text, char end)
{
	const char *at =
		text.length == 0 ? NULL : memchr(text.bytes, end, text.length);

	return at == NULL ? text.length : (size_t)(at - text.bytes);
}

/* read_port() - read what is behind the host: nothing, or ":PORT" */
static bool read_port(struct enc_text text, uint16_t *ret_port)
{
	unsigned int port = 0;

	if (text.length == 0) {
		return true;
	}
	if (text.bytes[0] != ':' || text.length < 2 ||
	    text.length > 1 + PORT_DIGITS) {
		return false;
	}
	for (size_t i = 1; i < text.length; i++) {
		if (text.bytes[i] < '0' || text.bytes[i] > '9') {
			return false;
		}
		port = port * 10 + (unsigned int)(text.bytes[i] - '0');
	}
	*ret_port = (uint16_t)port;
	return port > 0 && port <= UINT16_MAX;
}

/* read_address() - read an address, and write it as inet_ntop() does */
static bool read_address(int family, struct enc_text text,
			 char ret_host[ENC_HOST_NAME_BYTES])
{
	uint8_t address[ENC_ADDRESS_BYTES];
	char copy[INET6_ADDRSTRLEN] = { 0 };

	if (text.length == 0 || text.length >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text.bytes, text.length);
	/* A mapped address would be another name of an IPv4 address. */
	return strlen(copy) == text.length &&
	       inet_pton(family, copy, address) == 1 &&
	       (family == AF_INET || enc_address_v4(address) == NULL) &&
	       inet_ntop(family, address, ret_host, ENC_HOST_NAME_BYTES) !=
		       NULL;
}

/* read_authority() - read host and port. Return: NULL, or what is wrong */
static const char *read_authority(struct enc_text text,
				  struct enc_upstream *upstream)
{
	size_t length = span_to(text, ':');
	bool is_host;

	if (text.length > 0 && text.bytes[0] == '[') {
		length = span_to(text, ']');
		is_host = length < text.length &&
			  read_address(AF_INET6,
				       (struct enc_text){ text.bytes + 1,
							  length - 1 },
				       upstream->host);
		length += is_host ? 1 : 0;
	} else {
		is_host = enc_host_name_read(text.bytes, length,
					     upstream->host) == 0 ||
			  read_address(AF_INET,
				       (struct enc_text){ text.bytes, length },
				       upstream->host);
	}
	if (!is_host) {
		return "has no host name or address that is unambiguous";
	}
	return read_port(skip(text, length), &upstream->port)
		       ? NULL
		       : "has a port that is not 1 to 65535";
}

/* read_base() - read the path, without slashes at its end */
static const char *read_base(struct enc_text text,
			     struct enc_upstream *upstream)
{
	while (text.length > 0 && text.bytes[text.length - 1] == '/') {
		text.length--;
	}
	if (text.length > ENC_BINDING_PATH_MAX_BYTES) {
		return "has a path of more than 1024 bytes";
	}
	memcpy(upstream->base, text.bytes, text.length);
	upstream->base[text.length] = '\0';
	return NULL;
}

static void write_url(struct enc_upstream *upstream)
{
	bool v6 = strchr(upstream->host, ':') != NULL;
	char port[1 + PORT_DIGITS + 1] = "";

	if (upstream->port != (upstream->tls ? HTTPS_PORT : HTTP_PORT)) {
		(void)snprintf(port, sizeof(port), ":%u", upstream->port);
	}
	(void)snprintf(upstream->url, sizeof(upstream->url), "%s://%s%s%s%s%s",
		       upstream->tls ? "https" : "http", v6 ? "[" : "",
		       upstream->host, v6 ? "]" : "", port, upstream->base);
}

/* read_url() - read an URL. Return: NULL, or what is wrong */
static const char *read_url(struct enc_text text, struct enc_upstream *upstream)
{
	const char *why;
	size_t length;

	/* URLs have neither; and a NUL must not hide what follows. */
	for (size_t i = 0; i < text.length; i++) {
		if (text.bytes[i] <= ' ' || text.bytes[i] > '~') {
			return "has a byte that no URL has";
		}
	}
	if (begins_with(text, "https://")) {
		text = skip(text, strlen("https://"));
		upstream->tls = true;
	} else if (begins_with(text, "http://")) {
		text = skip(text, strlen("http://"));
	} else {
		return "has to begin with https:// or http://";
	}
	if (span_to(text, '?') < text.length ||
	    span_to(text, '#') < text.length) {
		return "must not have a query or a fragment";
	}
	length = span_to(text, '/');
	if (span_to(text, '@') < length) {
		return "must not have a user or password: that is what "
		       "injection and secret are for";
	}
	upstream->port = upstream->tls ? HTTPS_PORT : HTTP_PORT;
	why = read_authority((struct enc_text){ text.bytes, length }, upstream);
	return why != NULL ? why : read_base(skip(text, length), upstream);
}

int enc_upstream_read(struct enc_text text, struct enc_upstream *ret_upstream,
		      const char **ret_why)
{
	struct enc_upstream upstream = { 0 };
	const char *why = read_url(text, &upstream);

	if (why != NULL) {
		*ret_why = why;
		return -EINVAL;
	}
	write_url(&upstream);
	*ret_upstream = upstream;
	return 0;
}
