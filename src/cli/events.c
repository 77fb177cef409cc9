#include <string.h>

#include "events.h"
#include "inert.h"
#include "print.h"

enum { EVENTS_MAX = 1 << 20 };

enum enc_code enc_events_load(const void *bundle, size_t length,
			      json_t **ret_events, struct enc_error *err)
{
	json_t *events = json_array();
	const char *at = bundle;
	const char *end = at + length;

	for (size_t line = 1; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t span = (size_t)((stop == NULL ? end : stop) - at);
		json_t *event =
			json_loadb(at, span,
				   JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
				   NULL);

		if (!json_is_object(event) || line > EVENTS_MAX) {
			json_decref(event);
			json_decref(events);
			return enc_fail(err, ENC_BAD_REQUEST,
					"line %zu of the bundle is no JSON "
					"object",
					line);
		}
		if (line == 1) {
			json_decref(event);
		} else {
			ENC_MUST(json_array_append_new(events, event));
		}
		at += span + (stop != NULL);
	}
	*ret_events = events;
	return ENC_OK;
}

json_t *enc_events_types(const json_t *events)
{
	json_t *types = json_array();
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event)
	{
		ENC_MUST(json_array_append_new(
			types, json_string(enc_json_text(event, "type"))));
	}
	return types;
}

json_t *enc_events_find(const json_t *events, const char *type)
{
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event)
	{
		if (strcmp(enc_json_text(event, "type"), type) == 0) {
			return json_object_get(event, "data");
		}
	}
	return NULL;
}

const char *enc_events_head(const json_t *events)
{
	size_t count = json_array_size(events);

	return count == 0 ? ""
			  : enc_json_text(json_array_get(events, count - 1),
					  "hash");
}

/*
 * row_of() - find the row of an event's host and port, or append a new row
 *
 * Return: the row, borrowed from @rows
 */
static json_t *row_of(json_t *rows, const json_t *data)
{
	const char *host = enc_json_text(data, "host");
	json_int_t port = json_integer_value(json_object_get(data, "port"));
	size_t i;
	json_t *row;

	if (host[0] == '\0') {
		host = enc_json_text(data, "ip");
	}
	json_array_foreach(rows, i, row)
	{
		if (strcmp(enc_json_text(row, "host"), host) == 0 &&
		    json_integer_value(json_object_get(row, "port")) == port) {
			return row;
		}
	}
	row = json_pack("{s:s, s:I, s:s, s:s, s:i}", "host", host, "port", port,
			"proto", enc_json_text(data, "proto"), "rule",
			enc_json_text(data, "rule"), "count", 0);
	ENC_MUST(json_array_append_new(rows, row));
	return row;
}

/* count_of() - read the count of an event; without one it is 1 */
static json_int_t count_of(const json_t *event)
{
	const json_t *count = enc_json_path(event, "data.count");

	return json_is_integer(count) ? json_integer_value(count) : 1;
}

json_t *enc_events_denied(const json_t *events)
{
	json_t *rows = json_array();
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event)
	{
		const json_t *data = json_object_get(event, "data");
		json_t *sum;

		if (strcmp(enc_json_text(event, "type"), "egress_denied") !=
			    0 ||
		    !json_is_object(data)) {
			continue;
		}
		sum = json_object_get(row_of(rows, data), "count");
		ENC_MUST(json_integer_set(sum, json_integer_value(sum) +
						       count_of(event)));
	}
	return rows;
}

/* print_row() - print a refused destination or call */
static void print_row(const json_t *row, FILE *out)
{
	enc_autofree char *host = enc_inert_line(enc_json_text(row, "host"));
	enc_autofree char *rule = enc_inert_line(enc_json_text(row, "rule"));
	long long port = json_integer_value(json_object_get(row, "port"));
	long long count = json_integer_value(json_object_get(row, "count"));
	char port_text[24] = "";

	if (port > 0) {
		(void)snprintf(port_text, sizeof(port_text), ":%lld", port);
	}
	(void)fprintf(out, "enclave: blocked: %s%s (%s), %lld attempt%s\n",
		      host, port_text, rule, count, count == 1 ? "" : "s");
}

/* has_sum() - whether a row stands for all that the gate has no room for */
static bool has_sum(const json_t *rows)
{
	size_t i;
	const json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (strstr(enc_json_text(row, "host"), "(more)") != NULL) {
			return true;
		}
	}
	return false;
}

/* print_rows() - print at most @max rows, each a @what; takes the reference */
static void print_rows(json_t *rows, size_t max, const char *what, FILE *out)
{
	size_t i;
	const json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (i == max) {
			(void)fprintf(out,
				      "enclave: blocked: %s%zu more %s%s\n",
				      has_sum(rows) ? "at least " : "",
				      json_array_size(rows) - max, what,
				      json_array_size(rows) - max == 1 ? ""
								       : "s");
			break;
		}
		print_row(row, out);
	}
	json_decref(rows);
}

/* denied_calls() - count refused calls of services, as enc_events_denied() */
static json_t *denied_calls(const json_t *events)
{
	json_t *rows = json_array();
	json_t *places = json_object(); /* the row of each call and reason */
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event)
	{
		const char *reason = enc_json_text(event, "data.reason");
		enc_autofree char *call =
			enc_xprintf("%s %s %s",
				    enc_json_text(event, "data.binding"),
				    enc_json_text(event, "data.method"),
				    enc_json_text(event, "data.path"));
		enc_autofree char *place = enc_xprintf("%s %s", reason, call);
		json_t *row = json_object_get(places, place);
		json_t *sum;

		if (strcmp(enc_json_text(event, "type"), "binding_denied") !=
		    0) {
			continue;
		}
		if (row == NULL) {
			row = json_pack("{s:s, s:s, s:i}", "host", call, "rule",
					reason, "count", 0);
			ENC_MUST(json_array_append_new(rows, row));
			ENC_MUST(json_object_set(places, place, row));
		}
		sum = json_object_get(row, "count");
		ENC_MUST(json_integer_set(sum, json_integer_value(sum) +
						       count_of(event)));
	}
	json_decref(places);
	return rows;
}

void enc_events_print_denied(const json_t *events, size_t max, FILE *out)
{
	print_rows(enc_events_denied(events), max, "destination", out);
	print_rows(denied_calls(events), max, "call", out);
}
