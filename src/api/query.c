#include <string.h>

#include "route.h"
#include "schema.h"

/* hex_of() - of one digit, or -1 */
static int hex_of(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* decode() - percent escapes; NULL if one is malformed or NUL */
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

/* next_pair() - name and value at the front of @rest, which moves on */
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

/* find_field() - the schema of a parameter, NULL if there is none */
static const struct enc_schema_field *find_field(const struct enc_schema *known,
						 struct enc_text name)
{
	for (const struct enc_schema_field *field = known->fields;
	     field->name != NULL; field++) {
		if (is(name, field->name)) {
			return field;
		}
	}
	return NULL;
}

enum enc_code enc_api_check_queries(const struct enc_api_call *call,
				    struct enc_error *err)
{
	const struct enc_schema *known = call->route->queries;
	struct enc_text rest = call->request->query;
	struct enc_text name;
	struct enc_text value;
	unsigned int seen = 0;

	while (next_pair(&rest, &name, &value)) {
		enc_autofree char *decoded = decode(value.bytes, value.length);
		const struct enc_schema_field *field = find_field(known, name);
		unsigned int bit;
		enum enc_code code;

		if (field == NULL) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"there is no parameter '%.*s'",
					(int)ENC_MIN(name.length, (size_t)40),
					name.bytes);
		}
		bit = 1u << (field - known->fields);
		if ((seen & bit) != 0 || decoded == NULL) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"the parameter '%s' is %s", field->name,
					decoded == NULL ? "malformed"
							: "there twice");
		}
		code = enc_schema_check_text(field, decoded, err);
		if (code != ENC_OK) {
			return code;
		}
		seen |= bit;
	}
	return ENC_OK;
}

char *enc_api_query(const struct enc_api_call *call, const char *name)
{
	struct enc_text rest = call->request->query;
	struct enc_text found;
	struct enc_text value;

	while (next_pair(&rest, &found, &value)) {
		if (is(found, name)) {
			return decode(value.bytes, value.length);
		}
	}
	return NULL;
}

int64_t enc_api_query_number(const struct enc_api_call *call, const char *name,
			     int64_t otherwise)
{
	const struct enc_text key = { name, strlen(name) };
	const struct enc_schema_field *field =
		find_field(call->route->queries, key);
	enc_autofree char *text = enc_api_query(call, name);
	int64_t number = otherwise;

	ENC_ASSERT(text == NULL ||
		   enc_schema_number(field->schema->type, text, &number));
	return number;
}
