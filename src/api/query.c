#include <string.h>

#include "route.h"
#include "schema.h"

/* hex_of() - the value of a hex digit, or -1 */
static int hex_of(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* decode() - decode percent escapes; NULL if an escape is malformed or %00 */
static char *decode(const char *text, size_t length)
{
	char *decoded = enc_xalloc(length + 1);
	size_t at = 0;

	for (size_t i = 0; i < length; i++) {
		int high;
		int low;

		if (text[i] != '%') {
			decoded[at++] = text[i];
			continue;
		}
		high = i + 2 < length ? hex_of(text[i + 1]) : -1;
		low = i + 2 < length ? hex_of(text[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0) {
			free(decoded);
			return NULL;
		}
		decoded[at++] = (char)(high * 16 + low);
		i += 2;
	}
	return decoded;
}

/* next_pair() - take the first name and value off the front of @rest */
static bool next_pair(struct enc_text *rest, struct enc_text *ret_name,
		      struct enc_text *ret_value)
{
	const char *end = memchr(rest->bytes, '&', rest->length);
	size_t length =
		end == NULL ? rest->length : (size_t)(end - rest->bytes);
	const char *equals = memchr(rest->bytes, '=', length);
	size_t name = equals == NULL ? length : (size_t)(equals - rest->bytes);

	if (rest->length == 0) {
		return false;
	}
	*ret_name = (struct enc_text){ rest->bytes, name };
	*ret_value = (struct enc_text){ rest->bytes + name, length - name };
	if (equals != NULL) {
		ret_value->bytes++;
		ret_value->length--;
	}
	length += end == NULL ? 0 : 1;
	rest->bytes += length;
	rest->length -= length;
	return true;
}

static bool is(struct enc_text text, const char *word)
{
	return text.length == strlen(word) &&
	       memcmp(text.bytes, word, text.length) == 0;
}

/* find_parameter() - the index of a parameter in the route's fields, or -1 */
static int find_parameter(const struct enc_api_call *call, struct enc_text name)
{
	const struct enc_schema_field *fields = call->route->queries->fields;

	for (int i = 0; fields[i].name != NULL; i++) {
		if (is(name, fields[i].name)) {
			return i;
		}
	}
	return -1;
}

enum enc_code enc_api_read_queries(struct enc_api_call *call,
				   struct enc_error *err)
{
	struct enc_text rest = call->request->query;
	struct enc_text name;
	struct enc_text value;

	while (next_pair(&rest, &name, &value)) {
		int at = find_parameter(call, name);
		const struct enc_schema_field *field;
		enum enc_code code;
		bool twice;

		if (at < 0) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"there is no parameter '%.*s'",
					(int)ENC_MIN(name.length, (size_t)40),
					name.bytes);
		}
		field = &call->route->queries->fields[at];
		twice = call->queries[at] != NULL;
		free(call->queries[at]);
		call->queries[at] = decode(value.bytes, value.length);
		if (twice || call->queries[at] == NULL) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"the parameter '%s' is %s", field->name,
					twice ? "there twice" : "malformed");
		}
		code = enc_schema_check_text(field, call->queries[at], err);
		if (code != ENC_OK) {
			return code;
		}
	}
	return ENC_OK;
}

char *enc_api_query(const struct enc_api_call *call, const char *name)
{
	const struct enc_text key = { name, strlen(name) };
	int at = find_parameter(call, key);

	ENC_ASSERT(at >= 0);
	return call->queries[at];
}

int64_t enc_api_query_number(const struct enc_api_call *call, const char *name,
			     int64_t otherwise)
{
	const struct enc_text key = { name, strlen(name) };
	int at = find_parameter(call, key);
	int64_t number = otherwise;
	bool read;

	ENC_ASSERT(at >= 0);
	if (call->queries[at] == NULL) {
		return otherwise;
	}
	read = enc_schema_number(call->route->queries->fields[at].schema->type,
				 call->queries[at], &number);
	ENC_ASSERT(read);
	return number;
}
