#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "endpoint.h"

/* refuse() - make the error for a wrong URL */
static enum enc_code refuse(const char *url, const char *reason,
			    struct enc_error *err)
{
	return enc_fail(
		err, ENC_BAD_REQUEST,
		"'%.80s' is no server address, %s; it looks like "
		"http://127.0.0.1:8090 or unix:/run/enclave/enclave.sock",
		url, reason);
}

/* put_text() - store a host or socket path; false if empty or too long */
static bool put_text(struct enc_endpoint *endpoint, const char *text,
		     size_t length)
{
	if (length == 0 || length >= sizeof(endpoint->host)) {
		return false;
	}
	memcpy(endpoint->host, text, length);
	endpoint->host[length] = '\0';
	return true;
}

/* parse_port() - parse a decimal port from 1 to 65535 */
static bool parse_port(const char *text, size_t length, uint16_t *ret_port)
{
	unsigned int port = 0;

	if (length == 0 || length > 5 || strspn(text, "0123456789") < length) {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		port = port * 10 + (unsigned int)(text[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX) {
		return false;
	}
	*ret_port = (uint16_t)port;
	return true;
}

/*
 * host_ok() - whether a host has only characters of names and addresses
 *
 * This excludes line breaks, spaces and "user@".
 */
static bool host_ok(const char *text, size_t length)
{
	return length > 0 && strspn(text, "abcdefghijklmnopqrstuvwxyz"
					  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789.-_:") >= length;
}

/*
 * parse_unix() - parse the part of a URL after "unix:"
 *
 * The path must be absolute and short enough for a socket address.
 */
static enum enc_code parse_unix(const char *url, const char *path,
				struct enc_endpoint *endpoint,
				struct enc_error *err)
{
	if (strncmp(path, "//", 2) == 0) {
		path += 2;
	}
	if (path[0] != '/') {
		return refuse(url, "the path is not absolute", err);
	}
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path) ||
	    !put_text(endpoint, path, strlen(path))) {
		return refuse(url, "the path is too long for a socket", err);
	}
	endpoint->is_unix = true;
	return ENC_OK;
}

/*
 * parse_http() - parse the part of a URL after "http://"
 *
 * Nothing but "/" may follow the host and port.
 */
static enum enc_code parse_http(const char *url, const char *rest,
				struct enc_endpoint *endpoint,
				struct enc_error *err)
{
	size_t length = strcspn(rest, "/?#");
	const char *host = rest;
	size_t host_length;

	if (rest[length] != '\0' && strcmp(rest + length, "/") != 0) {
		return refuse(url, "it has a path", err);
	}
	if (rest[0] == '[') {
		host = rest + 1;
		host_length = strcspn(host, "]/?#");
		if (host[host_length] != ']') {
			return refuse(url, "a bracket is open", err);
		}
		rest = host + host_length + 1;
	} else {
		host_length = strcspn(rest, ":/?#");
		rest = host + host_length;
	}
	if (!host_ok(host, host_length) ||
	    !put_text(endpoint, host, host_length)) {
		return refuse(url, "the host is wrong", err);
	}
	endpoint->port = 80;
	length = strcspn(rest, "/");
	if (length == 0) {
		return ENC_OK;
	}
	if (rest[0] != ':' ||
	    !parse_port(rest + 1, length - 1, &endpoint->port)) {
		return refuse(url, "the port is wrong", err);
	}
	return ENC_OK;
}

enum enc_code enc_endpoint_parse(const char *url,
				 struct enc_endpoint *ret_endpoint,
				 struct enc_error *err)
{
	struct enc_endpoint endpoint = { 0 };
	enum enc_code code;

	if (strncmp(url, "unix:", 5) == 0) {
		code = parse_unix(url, url + 5, &endpoint, err);
	} else if (strncmp(url, "http://", 7) == 0) {
		code = parse_http(url, url + 7, &endpoint, err);
	} else if (strncmp(url, "https://", 8) == 0) {
		code = refuse(url, "TLS is not spoken here yet", err);
	} else {
		code = refuse(url,
			      "it begins with neither http: nor unix:", err);
	}
	if (code == ENC_OK) {
		*ret_endpoint = endpoint;
	}
	return code;
}

bool enc_endpoint_is_near(const struct enc_endpoint *endpoint)
{
	static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
	struct in6_addr v6;
	struct in_addr v4;

	if (endpoint->is_unix || strcasecmp(endpoint->host, "localhost") == 0) {
		return true;
	}
	if (inet_pton(AF_INET, endpoint->host, &v4) == 1) {
		return ntohl(v4.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
	}
	return inet_pton(AF_INET6, endpoint->host, &v6) == 1 &&
	       memcmp(&v6, &loopback, sizeof(v6)) == 0;
}
