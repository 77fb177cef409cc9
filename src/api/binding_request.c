#include <string.h>
#include <strings.h>

#include "binding.h"
#include "binding_request.h"
#include "keep.h"
#include "upstream_check.h"

/* member() - a text of a JSON object; NULL if it is missing */
static const char *member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* keep() - make a text the row's; a missing one is empty */
static const char *keep(struct enc_store_binding *row, const char *text)
{
	return enc_keep_text(&row->base.memory, text == NULL ? "" : text);
}

/* read_upstream() - read @url, or the row's own upstream if it is NULL */
static enum enc_code read_upstream(struct enc_store_binding *row,
				   const char *url,
				   struct enc_upstream *ret_upstream,
				   struct enc_error *err)
{
	const char *text = url == NULL ? row->upstream : url;
	const struct enc_text whole = { text, strlen(text) };
	const char *why;
	int r = url == NULL ? enc_upstream_read(whole, ret_upstream, &why)
			    : enc_upstream_check(whole, ret_upstream, &why);

	if (r < 0) {
		return enc_fail_field(err, ENC_BAD_REQUEST, "upstream",
				      "upstream %s", why);
	}
	row->upstream = keep(row, ret_upstream->url);
	return ENC_OK;
}

static void read_injection(const json_t *injection,
			   struct enc_store_binding *row)
{
	row->injection = keep(row, member(injection, "scheme"));
	row->header = keep(row, member(injection, "header"));
	row->username = keep(row, member(injection, "username"));
}

/*
 * read_words() - join the words of a list with spaces, which is their form in
 * rows
 * @words: the row's; stays as it is if the list is missing
 */
static enum enc_code read_words(const json_t *scope, const char *name,
				struct enc_store_binding *row,
				const char **words, struct enc_error *err)
{
	ENC_AUTO(buf) joined = ENC_BUF(ENC_STORE_PATHS_MAX_BYTES);
	const json_t *list = json_object_get(scope, name);
	int r = 0;

	if (list == NULL) {
		return ENC_OK;
	}
	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));

		if (strchr(word, ' ') != NULL) {
			return enc_fail_field(err, ENC_BAD_REQUEST, "scope",
					      "scope: neither a method nor a "
					      "path may have a space");
		}
		r = enc_buf_text(&joined, i == 0 ? "" : " ");
		r = r < 0 ? r : enc_buf_text(&joined, word);
	}
	r = r < 0 ? r : enc_buf_append(&joined, "", 1);
	if (r < 0) {
		return enc_fail_field(err, ENC_BAD_REQUEST, "scope",
				      "scope: its %s are too long", name);
	}
	*words = keep(row, (const char *)enc_buf_bytes(&joined));
	return ENC_OK;
}

static enum enc_code read_scope(const json_t *scope,
				struct enc_store_binding *row,
				struct enc_error *err)
{
	enum enc_code code =
		read_words(scope, "methods", row, &row->methods, err);

	return code == ENC_OK
		       ? read_words(scope, "paths", row, &row->paths, err)
		       : code;
}

/* read_members() - put all members but the secret into the row */
static enum enc_code read_members(const json_t *body,
				  struct enc_store_binding *row,
				  struct enc_upstream *ret_upstream,
				  struct enc_error *err)
{
	const char *url = member(body, "upstream");
	const json_t *injection = json_object_get(body, "injection");
	const json_t *scope = json_object_get(body, "scope");
	const json_t *rate = json_object_get(body, "rateLimit");
	const json_t *mask = json_object_get(body, "maskSecret");
	enum enc_code code = read_upstream(row, url, ret_upstream, err);

	if (injection != NULL) {
		read_injection(injection, row);
	}
	if (rate != NULL) {
		row->rate = (uint64_t)json_integer_value(rate);
	}
	if (mask != NULL) {
		row->mask = json_is_true(mask);
	}
	return code == ENC_OK && scope != NULL ? read_scope(scope, row, err)
					       : code;
}

/* check_secret() - fail if a secret is missing, or isn't allowed */
static enum enc_code check_secret(const json_t *body,
				  const struct enc_store_binding *row,
				  bool has_secret, struct enc_error *err)
{
	bool given = json_object_get(body, "secret") != NULL;

	if (given == has_secret) {
		return ENC_OK;
	}
	if (given) {
		return enc_fail_field(err, ENC_BAD_REQUEST, "secret",
				      "secret: the scheme none has no secret");
	}
	if (row->version == 1) {
		return enc_fail_field(err, ENC_BAD_REQUEST, "secret",
				      "secret is missing: the scheme %s needs "
				      "one",
				      row->injection);
	}
	return enc_fail_field(
		err, ENC_BAD_REQUEST, "secret",
		"secret is missing: all members are sealed together with it, "
		"so each change needs the secret again");
}

/*
 * check_prefix() - fail if a secret begins with the word that its scheme writes
 * in front of it
 */
static enum enc_code check_prefix(enum enc_injection injection,
				  const char *secret, struct enc_error *err)
{
	static const char word[] = "Bearer ";

	return injection == ENC_INJECTION_BEARER && secret != NULL &&
			       strncasecmp(secret, word, strlen(word)) == 0
		       ? enc_fail_field(err, ENC_BAD_REQUEST, "secret",
					"secret begins with \"Bearer\", which "
					"the scheme bearer adds by itself: "
					"leave it out")
		       : ENC_OK;
}

/*
 * check_clear() - fail if a secret would go out in clear and the request
 * doesn't allow that. Each request that names an upstream has to allow it again
 */
static enum enc_code check_clear(const json_t *body,
				 const struct enc_upstream *upstream,
				 bool has_secret, struct enc_error *err)
{
	bool says_where = json_object_get(body, "upstream") != NULL ||
			  json_object_get(body, "injection") != NULL;

	if (upstream->tls || !has_secret || !says_where ||
	    json_is_true(json_object_get(body, "insecureUpstream"))) {
		return ENC_OK;
	}
	return enc_fail_field(
		err, ENC_BAD_REQUEST, "insecureUpstream",
		"upstream is http: the secret would go there in clear; use "
		"https, or if that is meant set insecureUpstream to true "
		"(--insecure-upstream)");
}

/* split() - the words of a text. Return: their number */
static size_t split(const char *words, struct enc_text *ret_texts, size_t max)
{
	size_t count = 0;

	while (*words != '\0' && count < max) {
		size_t length = strcspn(words, " ");

		ret_texts[count++] = (struct enc_text){ words, length };
		words += length;
		words += *words == ' ';
	}
	return count;
}

/*
 * field_of() - find the member that a message of enc_binding_check() is about
 */
static const char *field_of(const char *why)
{
	static const struct {
		const char *begin;
		const char *field;
	} rows[] = {
		{ "name:", "name" },
		{ "upstream:", "upstream" },
		{ "header:", "injection.header" },
		{ "username:", "injection.username" },
		{ "secret:", "secret" },
		{ "scope:", "scope" },
		{ "rateLimit:", "rateLimit" },
	};

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (strncmp(why, rows[i].begin, strlen(rows[i].begin)) == 0) {
			return rows[i].field;
		}
	}
	return "";
}

static struct enc_text text_of(const char *text)
{
	return (struct enc_text){ text, strlen(text) };
}

static enum enc_code write_record(const struct enc_store_binding *row,
				  const struct enc_upstream *upstream,
				  enum enc_injection injection,
				  const char *secret,
				  struct enc_buf *ret_record,
				  struct enc_error *err)
{
	struct enc_binding binding = {
		.version = row->version,
		.tls = upstream->tls,
		.mask = row->mask,
		.injection = injection,
		.port = upstream->port,
		.rate = (uint32_t)row->rate,
		.org = text_of(row->org),
		.id = text_of(row->id),
		.name = text_of(row->name),
		.host = text_of(upstream->host),
		.base = text_of(upstream->base),
		.header = text_of(row->header),
		.username = text_of(row->username),
		.secret = text_of(secret),
	};
	const char *why;

	binding.method_count = split(row->methods, binding.methods,
				     ENC_COUNT(binding.methods));
	binding.path_count =
		split(row->paths, binding.paths, ENC_COUNT(binding.paths));
	if (enc_binding_check(&binding, &why) < 0) {
		return enc_fail_field(err, ENC_BAD_REQUEST, field_of(why), "%s",
				      why);
	}
	if (enc_binding_write(ret_record, &binding) < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"there is no memory for the request now");
	}
	return ENC_OK;
}

enum enc_code enc_binding_request_read(const json_t *body,
				       struct enc_store_binding *row,
				       struct enc_buf *ret_record,
				       struct enc_error *err)
{
	const char *secret = member(body, "secret");
	enum enc_injection injection = ENC_INJECTION_INVALID;
	struct enc_upstream upstream = { 0 };
	enum enc_code code = read_members(body, row, &upstream, err);
	bool has_secret;

	if (code != ENC_OK) {
		return code;
	}
	if (!enc_injection_parse(row->injection, &injection)) {
		return enc_fail(err, ENC_INTERNAL,
				"a stored service binding is damaged");
	}
	has_secret = injection != ENC_INJECTION_NONE;
	code = check_secret(body, row, has_secret, err);
	if (code == ENC_OK) {
		code = check_clear(body, &upstream, has_secret, err);
	}
	if (code == ENC_OK) {
		code = check_prefix(injection, secret, err);
	}
	return code == ENC_OK ? write_record(row, &upstream, injection,
					     secret == NULL ? "" : secret,
					     ret_record, err)
			      : code;
}
