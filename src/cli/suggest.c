#include <stdio.h>
#include <string.h>

#include "def.h"
#include "print.h"
#include "suggest.h"

enum { ENTRY_BYTES = 1100, HTTPS = 443 };

/* is_address() - whether a canonical host is an address, not a name */
static bool is_address(const char *host)
{
	return strchr(host, ':') != NULL ||
	       strspn(host, "0123456789.") == strlen(host);
}

/* ends_with() - whether @text ends with @end */
static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);
	size_t tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* is_name() - whether a host is a name that an allowlist can have */
static bool is_name(const char *host)
{
	return host[0] != '\0' &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") ==
		       strlen(host);
}

/*
 * is_question() - whether an event is about a question for a name. The event of
 * any other datagram to port 53 has an address
 */
static bool is_question(const json_t *data)
{
	return strcmp(enc_json_text(data, "via"), "dns") == 0 &&
	       !json_is_string(json_object_get(data, "ip"));
}

/*
 * reason_of() - why no entry can allow what an event denied; NULL: an entry can
 */
static const char *reason_of(const json_t *data, const char *host)
{
	const char *rule = enc_json_text(data, "rule");

	if (strcmp(rule, "deny_all") != 0 && strcmp(rule, "allowlist") != 0) {
		return rule; /* an entry wouldn't have helped */
	}
	if (ends_with(host, ".in-addr.arpa") || ends_with(host, ".ip6.arpa")) {
		return "it is a reverse lookup";
	}
	if (!is_question(data) &&
	    strcmp(enc_json_text(data, "proto"), "tcp") != 0) {
		return "only TCP can be allowed";
	}
	if (!is_address(host) && !is_name(host)) {
		return "it is no name that an allowlist can have";
	}
	return NULL;
}

/* write_entry() - write a host with a port; a port of 0 is left out */
static void write_entry(const char *host, json_int_t port,
			char ret_entry[ENTRY_BYTES])
{
	const char *open = strchr(host, ':') == NULL || port == 0 ? "" : "[";
	const char *shut = open[0] == '\0' ? "" : "]";
	char text[24] = "";

	if (port != 0) {
		(void)snprintf(text, sizeof(text), ":%lld", (long long)port);
	}
	(void)snprintf(ret_entry, ENTRY_BYTES, "%s%.1024s%s%s", open, host,
		       shut, text);
}

/* has_text() - whether an array has a string */
static bool has_text(const json_t *array, const char *text)
{
	size_t i;
	json_t *one;

	json_array_foreach(array, i, one)
	{
		if (strcmp(json_string_value(one), text) == 0) {
			return true;
		}
	}
	return false;
}

/* has_host() - whether an array has an object with this host */
static bool has_host(const json_t *array, const char *host)
{
	size_t i;
	json_t *one;

	json_array_foreach(array, i, one)
	{
		if (strcmp(enc_json_text(one, "host"), host) == 0) {
			return true;
		}
	}
	return false;
}

/* was_tried() - whether a TCP connection to @host was denied, at any port */
static bool was_tried(const json_t *events, const char *host)
{
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event)
	{
		const json_t *data = json_object_get(event, "data");

		if (strcmp(enc_json_text(event, "type"), "egress_denied") ==
			    0 &&
		    strcmp(enc_json_text(data, "via"), "dns") != 0 &&
		    strcmp(enc_json_text(data, "proto"), "tcp") == 0 &&
		    strcmp(enc_json_text(data, "host"), host) == 0) {
			return true;
		}
	}
	return false;
}

/* add() - add what an event with these data needs */
static void add(const json_t *events, const json_t *data, json_t *allow,
		json_t *refused)
{
	const char *host = enc_json_text(data, "host");
	json_int_t port = json_integer_value(json_object_get(data, "port"));
	bool question = is_question(data);
	const char *reason;
	char entry[ENTRY_BYTES];

	host = host[0] == '\0' ? enc_json_text(data, "ip") : host;
	reason = reason_of(data, host);
	if (question) {
		port = reason == NULL ? HTTPS : 0;
	}
	write_entry(host, port, entry);
	if (reason != NULL && !has_host(refused, entry)) {
		ENC_MUST(json_array_append_new(refused,
					       json_pack("{s:s, s:s}", "host",
							 entry, "reason",
							 reason)));
	} else if (reason == NULL && !has_text(allow, entry) &&
		   !(question && was_tried(events, host))) {
		ENC_MUST(json_array_append_new(allow, json_string(entry)));
	}
}

json_t *enc_suggest(const json_t *events)
{
	json_t *allow = json_array();
	json_t *refused = json_array();
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event)
	{
		const json_t *data = json_object_get(event, "data");

		if (strcmp(enc_json_text(event, "type"), "egress_denied") ==
			    0 &&
		    json_is_object(data)) {
			add(events, data, allow, refused);
		}
	}
	return json_pack("{s:o, s:o}", "allow", allow, "refused", refused);
}
