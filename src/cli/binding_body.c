#include <string.h>

#include "binding_body.h"
#include "json.h"
#include "upstream_check.h"

enum { RATE_DIGITS_MAX = 9 };

/* Shared by the steps that make a body. */
struct making {
	const struct enc_binding_options *options;
	json_t *body;
	struct enc_error *err;
};

/*
 * put() - set a member; takes the reference. NULL means a text that isn't UTF-8
 */
static enum enc_code put(const struct making *making, json_t *object,
			 const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) == 0
		       ? ENC_OK
		       : enc_fail(making->err, ENC_BAD_REQUEST,
				  "the %s is not UTF-8", name);
}

/* scheme_of() - the scheme that the options name; NULL: none of them */
static enum enc_code scheme_of(const struct making *making,
			       const char **ret_scheme)
{
	const struct enc_binding_options *options = making->options;
	const struct {
		bool given;
		const char *scheme;
	} rows[] = {
		{ options->bearer, "bearer" },
		{ options->header != NULL, "header" },
		{ options->basic != NULL, "basic" },
		{ options->none, "none" },
	};

	*ret_scheme = NULL;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (rows[i].given && *ret_scheme != NULL) {
			return enc_fail(making->err, ENC_BAD_REQUEST,
					"--bearer, --header, --basic and "
					"--none exclude each other");
		}
		*ret_scheme = rows[i].given ? rows[i].scheme : *ret_scheme;
	}
	return ENC_OK;
}

static enum enc_code add_injection(const struct making *making,
				   const char *scheme)
{
	const struct enc_binding_options *options = making->options;
	json_t *injection = json_pack("{s:s}", "scheme", scheme);
	enum enc_code code = put(making, making->body, "injection", injection);

	if (code == ENC_OK && options->header != NULL) {
		code = put(making, injection, "header",
			   json_string(options->header));
	}
	if (code == ENC_OK && options->basic != NULL) {
		code = put(making, injection, "username",
			   json_string(options->basic));
	}
	return code;
}

/* add_list() - add a list, unless it is to stay as it is */
static enum enc_code add_list(const struct making *making, json_t *scope,
			      const char *name, const struct enc_words *words)
{
	json_t *list;
	enum enc_code code;

	if (words->count == 0 && !making->options->all_requests) {
		return ENC_OK;
	}
	list = json_array();
	code = put(making, scope, name, list);
	for (size_t i = 0; code == ENC_OK && i < words->count; i++) {
		if (json_array_append_new(list, json_string(words->word[i])) !=
		    0) {
			return enc_fail(making->err, ENC_BAD_REQUEST,
					"one of the %s is not UTF-8", name);
		}
	}
	return code;
}

static enum enc_code add_scope(const struct making *making)
{
	const struct enc_binding_options *options = making->options;
	bool some = options->methods.count + options->paths.count > 0;
	json_t *scope = json_object();
	enum enc_code code;

	if (some && options->all_requests) {
		json_decref(scope);
		return enc_fail(making->err, ENC_BAD_REQUEST,
				"--all-requests excludes --method and --path");
	}
	if (!some && !options->all_requests) {
		json_decref(scope);
		return ENC_OK;
	}
	code = put(making, making->body, "scope", scope);
	if (code == ENC_OK) {
		code = add_list(making, scope, "methods", &options->methods);
	}
	return code == ENC_OK
		       ? add_list(making, scope, "paths", &options->paths)
		       : code;
}

static enum enc_code add_rate(const struct making *making)
{
	const char *text = making->options->rate_limit;
	size_t digits = text == NULL ? 0 : strspn(text, "0123456789");

	if (text == NULL) {
		return ENC_OK;
	}
	if (strcmp(text, "none") == 0) {
		return put(making, making->body, "rateLimit", json_null());
	}
	if (digits == 0 || digits > RATE_DIGITS_MAX || text[digits] != '\0') {
		return enc_fail(making->err, ENC_BAD_REQUEST,
				"--rate-limit is a number of requests per "
				"minute, or none");
	}
	return put(making, making->body, "rateLimit",
		   json_integer(strtoll(text, NULL, 10)));
}

static enum enc_code add_mask(const struct making *making)
{
	const struct enc_binding_options *options = making->options;

	if (options->mask && options->no_mask) {
		return enc_fail(making->err, ENC_BAD_REQUEST,
				"--mask and --no-mask exclude each other");
	}
	return options->mask || options->no_mask
		       ? put(making, making->body, "maskSecret",
			     json_boolean(options->mask))
		       : ENC_OK;
}

/*
 * add_members() - add the members that the options set, except injection and
 * secret
 */
static enum enc_code add_members(const struct making *making)
{
	const struct enc_binding_options *options = making->options;
	enum enc_code code = ENC_OK;

	if (options->upstream != NULL) {
		code = put(making, making->body, "upstream",
			   json_string(options->upstream));
	}
	if (code == ENC_OK && options->insecure_upstream) {
		code = put(making, making->body, "insecureUpstream",
			   json_true());
	}
	if (code == ENC_OK) {
		code = add_scope(making);
	}
	if (code == ENC_OK) {
		code = add_rate(making);
	}
	return code == ENC_OK ? add_mask(making) : code;
}

/*
 * check_upstream() - fail if the upstream can't be one. The server says it, too,
 * but when the secret has been typed
 */
static enum enc_code check_upstream(const struct making *making,
				    const char *scheme)
{
	const struct enc_binding_options *options = making->options;
	struct enc_upstream upstream;
	const char *why;

	if (options->upstream == NULL) {
		return ENC_OK;
	}
	if (enc_upstream_check((struct enc_text){ options->upstream,
						  strlen(options->upstream) },
			       &upstream, &why) < 0) {
		return enc_fail(making->err, ENC_BAD_REQUEST, "--upstream %s",
				why);
	}
	return upstream.tls || options->insecure_upstream ||
			       strcmp(scheme, "none") == 0
		       ? ENC_OK
		       : enc_fail(making->err, ENC_BAD_REQUEST,
				  "--upstream is http: the secret would go "
				  "there in clear; use https, or if that is "
				  "meant say --insecure-upstream");
}

/*
 * check_change() - fail if the options contradict each other, or change nothing
 */
static enum enc_code check_change(const struct making *making, const char *name,
				  const char *scheme)
{
	const struct enc_binding_options *options = making->options;
	enum enc_code code;

	if (name != NULL && options->upstream == NULL) {
		return enc_fail(making->err, ENC_BAD_REQUEST,
				"--upstream is missing: "
				"https://HOST[:PORT][/PATH], where requests "
				"go");
	}
	if (name == NULL && json_object_size(making->body) == 0) {
		return enc_fail(making->err, ENC_BAD_REQUEST,
				"what is to be changed? Say it with options; "
				"`enclave bindings rotate` replaces the "
				"secret alone");
	}
	code = check_upstream(making, scheme);
	if (code != ENC_OK) {
		return code;
	}
	return options->secret_file != NULL && strcmp(scheme, "none") == 0
		       ? enc_fail(making->err, ENC_BAD_REQUEST,
				  "--secret-file: with the scheme none no "
				  "secret is sent; say --bearer, --header or "
				  "--basic, or leave the file out")
		       : ENC_OK;
}

enum enc_code enc_binding_body_make(const struct enc_binding_options *options,
				    const char *name, const char *scheme,
				    json_t **ret_body, bool *ret_secret,
				    struct enc_error *err)
{
	const struct making making = { options, json_object(), err };
	const char *chosen = NULL;
	enum enc_code code = scheme_of(&making, &chosen);

	if (code == ENC_OK && name != NULL) {
		code = put(&making, making.body, "name", json_string(name));
	}
	if (code == ENC_OK && (name != NULL || chosen != NULL)) {
		code = add_injection(&making, chosen == NULL ? scheme : chosen);
	}
	if (code == ENC_OK) {
		code = add_members(&making);
	}
	chosen = chosen == NULL ? scheme : chosen;
	if (code == ENC_OK) {
		code = check_change(&making, name, chosen);
	}
	if (code != ENC_OK) {
		json_decref(making.body);
		return code;
	}
	*ret_secret = strcmp(chosen, "none") != 0;
	*ret_body = making.body;
	return ENC_OK;
}

enum enc_code
enc_binding_check_secret(const struct enc_binding_options *options,
			 struct enc_error *err)
{
	return options->secret == NULL
		       ? ENC_OK
		       : enc_fail(err, ENC_BAD_REQUEST,
				  "a secret isn't taken from the command line, "
				  "which others can read; put it into a file "
				  "and say --secret-file FILE, or - for "
				  "standard input. Consider that one known");
}

enum enc_code enc_binding_body_write(const json_t *body,
				     const struct enc_buf *secret,
				     struct enc_buf *ret_text,
				     struct enc_error *err)
{
	enc_autofree char *members =
		json_dumps(body, JSON_COMPACT | JSON_ENSURE_ASCII);
	size_t length = members == NULL ? 0 : strlen(members);
	int r;

	ENC_ASSERT(length >= 2);
	if (secret == NULL) {
		r = enc_buf_append(ret_text, members, length + 1);
	} else {
		/* The brace at the end comes last. */
		r = enc_buf_append(ret_text, members, length - 1);
		r = r < 0 ? r
			  : enc_buf_text(ret_text, length > 2 ? ",\"secret\":"
							      : "\"secret\":");
		r = r < 0 ? r
			  : enc_json_string(ret_text,
					    (const char *)enc_buf_bytes(secret),
					    secret->length);
		r = r < 0 ? r : enc_buf_append(ret_text, "}", 2);
	}
	return r == 0 ? ENC_OK
		      : enc_fail(err, ENC_LIMIT, "the request is too long");
}
