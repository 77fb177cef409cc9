/*
 * Reads what requests say about sessions: the body that creates a session, and
 * the query that lists sessions. Only this file reads the fields of a session.
 */

#include <ctype.h>
#include <string.h>

#include "api_internal.h"
#include "base64.h"
#include "keep.h"
#include "schema.h"
#include "sha256.h"

enum {
	ENV_MAX_BYTES = 32 * 1024,
	FILES_MAX_BYTES = 4 << 20,
	STDIN_MAX_BYTES = 1 << 20,
	FILE_MODE = 0644,
	FILE_MODE_MAX = 0777,
	IDEMPOTENCY_MAX_BYTES = 255,
	PAGE_DEFAULT = 50,
};

/*
 * Enclave sets variables with this prefix, so requests may not. All other ones
 * are the program's own business: they act on nothing outside of its sandbox.
 */
static const char reserved[] = "ENCLAVE_";

/*
 * read_limits() - read the limits; absent limits get their default
 *
 * Language and place of @spec must be set.
 */
static enum enc_code read_limits(const json_t *body,
				 struct enc_session_spec *spec,
				 struct enc_error *err)
{
	const json_t *limits = json_object_get(body, "limits");
	enum enc_code code;

	spec->record.limits = enc_limits_usual();
	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		enum enc_limit limit = (enum enc_limit)i;
		const json_t *value =
			json_object_get(limits, enc_limit_info(limit)->name);

		if (value != NULL) {
			spec->record.limits.value[i] =
				enc_limit_stored(limit,
						 json_number_value(value));
		}
	}
	code = enc_limits_check(&spec->record.limits, err);
	if (code == ENC_OK) {
		code = enc_language_check(spec->record.language,
					  &spec->record.limits, err);
	}
	return code == ENC_OK
		       ? enc_place_check(spec->place, &spec->record.limits, err)
		       : code;
}

/* is_reserved() - whether requests may not set a variable */
static bool is_reserved(const char *name)
{
	return strncmp(name, reserved, sizeof(reserved) - 1) == 0;
}

static bool is_variable(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_') {
		return false;
	}
	for (; *name != '\0'; name++) {
		if (!isalnum((unsigned char)*name) && *name != '_') {
			return false;
		}
	}
	return true;
}

/* read_env() - read the environment; the service bindings must be set */
static enum enc_code read_env(const json_t *body, struct enc_session_spec *spec,
			      struct enc_error *err)
{
	json_t *env = json_object_get(body, "env");
	size_t total = 0;
	const char *name;
	json_t *value;

	spec->env = enc_xalloc((json_object_size(env) +
				spec->record.binding_count + 1) *
			       sizeof(*spec->env));
	json_object_foreach(env, name, value)
	{
		size_t length = strlen(name) + json_string_length(value) + 2;
		char *text;

		if (!is_variable(name) || is_reserved(name)) {
			return enc_fail_field(
				err, ENC_BAD_REQUEST, "env", "env.%.64s is %s",
				name,
				is_variable(name)
					? "reserved: names ENCLAVE_* are Enclave's"
					: "no name of a variable");
		}
		total += length;
		if (total > ENV_MAX_BYTES) {
			return enc_fail_field(err, ENC_LIMIT, "env",
					      "env has more than %d bytes",
					      ENV_MAX_BYTES);
		}
		text = enc_xalloc(length);
		(void)snprintf(text, length, "%s=%s", name,
			       json_string_value(value));
		spec->env[spec->env_count++] = text;
	}
	enc_api_add_binding_variables(spec);
	return ENC_OK;
}

/* read_mode() - read a file mode like "0755": octal digits, at most 0777 */
static bool read_mode(const json_t *value, uint32_t *ret_mode)
{
	const char *text = json_string_value(value);
	if (text == NULL) {
		*ret_mode = FILE_MODE;
		return true;
	}
	*ret_mode = 0;
	for (; *text >= '0' && *text <= '7'; text++) {
		*ret_mode = *ret_mode << 3 | (uint32_t)(*text - '0');
	}
	return *text == '\0' && *ret_mode <= FILE_MODE_MAX;
}

/* decode_base64() - decode base64; NULL if it is malformed */
static uint8_t *decode_base64(const char *text, size_t length,
			      size_t *ret_length)
{
	ENC_AUTO(buf) decoded = ENC_BUF(length);
	uint8_t *bytes;

	if (enc_base64_decode(text, length, &decoded) < 0) {
		return NULL;
	}
	bytes = enc_xalloc(decoded.length + 1);
	memcpy(bytes, enc_buf_bytes(&decoded), decoded.length);
	*ret_length = decoded.length;
	return bytes;
}

static enum enc_code read_file(const json_t *value,
			       struct enc_program_file *file,
			       struct enc_error *err)
{
	const json_t *path = json_object_get(value, "path");
	const json_t *plain = json_object_get(value, "content");
	const json_t *coded = json_object_get(value, "contentBase64");
	struct enc_text text = { json_string_value(path),
				 json_string_length(path) };

	if (!enc_message_path_ok(text)) {
		return enc_fail_field(err, ENC_BAD_REQUEST, "files",
				      "files: '%.100s' is no path below /work",
				      text.bytes);
	}
	if ((plain == NULL) == (coded == NULL)) {
		return enc_fail_field(err, ENC_BAD_REQUEST, "files",
				      "files: '%.100s' needs either content or "
				      "contentBase64",
				      text.bytes);
	}
	if (!read_mode(json_object_get(value, "mode"), &file->mode)) {
		return enc_fail_field(
			err, ENC_BAD_REQUEST, "files",
			"files: the mode of '%.100s' is not like 0644",
			text.bytes);
	}
	if (plain != NULL) {
		file->length = json_string_length(plain);
		file->content =
			(uint8_t *)enc_xstrdup(json_string_value(plain));
	} else {
		file->content =
			decode_base64(json_string_value(coded),
				      json_string_length(coded), &file->length);
	}
	if (file->content == NULL) {
		return enc_fail_field(err, ENC_BAD_REQUEST, "files",
				      "files: '%.100s' is not base64",
				      text.bytes);
	}
	file->path = enc_xstrdup(text.bytes);
	return ENC_OK;
}

/* compare_paths() - sort a directory right before the paths inside it */
static int compare_paths(const void *one, const void *other)
{
	const char *a = *(const char *const *)one;
	const char *b = *(const char *const *)other;

	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b) {
		return 0;
	}
	/* The end of a path sorts first, then '/', then all other bytes. */
	if (*a == '\0' || *b == '\0') {
		return *a == '\0' ? -1 : 1;
	}
	if (*a == '/' || *b == '/') {
		return *a == '/' ? -1 : 1;
	}
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

/* is_below() - whether @path is @directory or is inside it */
static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/');
}

/*
 * check_paths() - fail if two files have one path, or one file's path is a
 * directory of another file; the code is a file, too
 */
static enum enc_code check_paths(const struct enc_session_spec *spec,
				 struct enc_error *err)
{
	const char *entry = enc_language_info(spec->record.language)->entry;
	size_t count = spec->file_count + (entry != NULL ? 1 : 0);
	enc_autofree const char **paths =
		enc_xalloc((count + 1) * sizeof(*paths));

	paths[spec->file_count] = entry;
	for (size_t i = 0; i < spec->file_count; i++) {
		paths[i] = spec->files[i].path;
	}
	qsort(paths, count, sizeof(*paths), compare_paths);
	for (size_t i = 1; i < count; i++) {
		if (!is_below(paths[i], paths[i - 1])) {
			continue;
		}
		if (paths[i] == entry || paths[i - 1] == entry) {
			return enc_fail_field(
				err, ENC_BAD_REQUEST, "files",
				"files: '%.100s' is where the code is", entry);
		}
		if (strcmp(paths[i], paths[i - 1]) == 0) {
			return enc_fail_field(err, ENC_BAD_REQUEST, "files",
					      "files: '%.100s' is there twice",
					      paths[i]);
		}
		return enc_fail_field(
			err, ENC_BAD_REQUEST, "files",
			"files: '%.100s' is a file, so '%.100s' can't "
			"be in it",
			paths[i - 1], paths[i]);
	}
	return ENC_OK;
}

static enum enc_code read_files(const json_t *body,
				struct enc_session_spec *spec,
				struct enc_error *err)
{
	const json_t *files = json_object_get(body, "files");
	size_t total = 0;

	spec->files =
		enc_xalloc((json_array_size(files) + 1) * sizeof(*spec->files));
	for (size_t i = 0; i < json_array_size(files); i++) {
		enum enc_code code =
			read_file(json_array_get(files, i),
				  &spec->files[spec->file_count++], err);

		if (code != ENC_OK) {
			return code;
		}
		total += spec->files[i].length;
	}
	if (total > FILES_MAX_BYTES) {
		return enc_fail_field(err, ENC_LIMIT, "files",
				      "files have more than %d bytes in all",
				      FILES_MAX_BYTES);
	}
	return check_paths(spec, err);
}

static void read_labels(const json_t *body, struct enc_record *record)
{
	json_t *labels = json_object_get(body, "labels");
	struct enc_store_label *kept;
	const char *name;
	json_t *value;

	kept = enc_keep_room(&record->memory,
			     json_object_size(labels) * sizeof(*kept));
	record->labels = kept;
	json_object_foreach(labels, name, value)
	{
		kept[record->label_count++] = (struct enc_store_label){
			enc_keep_text(&record->memory, name),
			enc_keep_text(&record->memory,
				      json_string_value(value)),
		};
	}
}

static enum enc_code read_stdin(const json_t *body,
				struct enc_session_spec *spec,
				struct enc_error *err)
{
	const json_t *plain = json_object_get(body, "stdin");
	const json_t *coded = json_object_get(body, "stdinBase64");

	if (plain != NULL && coded != NULL) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"either stdin or stdinBase64 can be there");
	}
	if (plain != NULL) {
		spec->stdin_bytes =
			(uint8_t *)enc_xstrdup(json_string_value(plain));
		spec->stdin_length = json_string_length(plain);
	}
	if (coded == NULL) {
		return ENC_OK;
	}
	spec->stdin_bytes =
		decode_base64(json_string_value(coded),
			      json_string_length(coded), &spec->stdin_length);
	if (spec->stdin_bytes == NULL) {
		return enc_fail_field(err, ENC_BAD_REQUEST, "stdinBase64",
				      "stdinBase64 is not base64");
	}
	return spec->stdin_length <= STDIN_MAX_BYTES
		       ? ENC_OK
		       : enc_fail_field(err, ENC_LIMIT, "stdinBase64",
					"stdinBase64 has more than %d bytes",
					STDIN_MAX_BYTES);
}

static enum enc_code read_program(const json_t *body,
				  struct enc_session_spec *spec,
				  struct enc_error *err)
{
	const json_t *code = json_object_get(body, "code");
	const json_t *command = json_object_get(body, "command");
	const json_t *args = json_object_get(body, "args");
	const json_t *argv = command != NULL ? command : args;
	const char *language =
		json_string_value(json_object_get(body, "language"));

	if ((code == NULL) == (command == NULL)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"either code or command has to be there");
	}
	if (command != NULL && (language != NULL || args != NULL)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"%s goes with code, not with command",
				language != NULL ? "language" : "args");
	}
	spec->record.language =
		command != NULL ? ENC_LANGUAGE_COMMAND : ENC_LANGUAGE_PYTHON;
	if (language != NULL &&
	    !enc_language_parse(language, &spec->record.language)) {
		return enc_fail_field(err, ENC_BAD_REQUEST, "language",
				      "no language '%.32s'", language);
	}
	if (code != NULL) {
		spec->code = enc_xstrdup(json_string_value(code));
		spec->code_length = json_string_length(code);
	}
	spec->argv =
		enc_xalloc((json_array_size(argv) + 1) * sizeof(*spec->argv));
	for (size_t i = 0; i < json_array_size(argv); i++) {
		spec->argv[spec->argv_count++] =
			enc_xstrdup(json_string_value(json_array_get(argv, i)));
	}
	return read_stdin(body, spec, err);
}

/* choose_place() - choose the place that the request asks for, none weaker */
static enum enc_code choose_place(const struct enc_places *places,
				  const json_t *body,
				  const struct enc_place **ret_place,
				  struct enc_error *err)
{
	const char *name = json_string_value(json_object_get(body, "backend"));
	const char *word =
		json_string_value(json_object_get(body, "minIsolation"));
	enum enc_isolation least = ENC_ISOLATION_SIMULATED;

	if (word != NULL && !enc_isolation_parse(word, &least)) {
		return enc_fail_field(err, ENC_BAD_REQUEST, "minIsolation",
				      "no isolation '%.32s'", word);
	}
	return enc_places_choose(places, name, least, ret_place, err);
}

/* fail_environment() - say which environments there are */
static enum enc_code fail_environment(const struct enc_backend_facts *facts,
				      const char *name, struct enc_error *err)
{
	ENC_AUTO(buf) names = ENC_BUF(160);

	for (size_t i = 0; i < facts->environment_count; i++) {
		/* As many names as there is room for. */
		ENC_IGNORE(enc_buf_printf(&names, "%s%s", i == 0 ? "" : ", ",
					  facts->environments[i].name));
	}
	return enc_fail_field(err, ENC_BAD_REQUEST, "environment",
			      "there is no environment '%.63s', but %.*s", name,
			      (int)names.length,
			      (const char *)enc_buf_bytes(&names));
}

/* check_place() - set place and environment; fail if one isn't available */
static enum enc_code check_place(const struct enc_api *api, const json_t *body,
				 struct enc_session_spec *spec,
				 struct enc_error *err)
{
	const struct enc_backend_facts *facts =
		enc_backend_facts_of(api->options.backend);
	const char *name =
		json_string_value(json_object_get(body, "environment"));
	enum enc_code code =
		choose_place(&facts->places, body, &spec->place, err);

	if (code != ENC_OK) {
		return code;
	}
	name = name == NULL ? "default" : name;
	for (size_t i = 0; i < facts->environment_count; i++) {
		if (strcmp(facts->environments[i].name, name) == 0) {
			spec->environment = (uint32_t)i;
			return ENC_OK;
		}
	}
	return fail_environment(facts, name, err);
}

/* read_egress() - read the allowlist; the place must be set, and allow one */
static enum enc_code read_egress(const json_t *body,
				 struct enc_session_spec *spec,
				 struct enc_error *err)
{
	const struct enc_backend_facts *facts =
		enc_backend_facts_of(spec->place->backend);
	enum enc_code code =
		enc_api_read_allowlist(json_object_get(body, "egress"),
				       "egress.allow", &spec->record.allowlist,
				       err);

	if (code == ENC_OK && spec->record.allowlist != NULL &&
	    !facts->egress) {
		return enc_fail_field(
			err, ENC_NOT_AVAILABLE, "egress.mode",
			"allowlists need nftables on this machine: load "
			"nf_tables and nft_fib_inet, see `enclave doctor`");
	}
	return code;
}

/* check_later() - refuse values that only a later version supports */
static enum enc_code check_later(const json_t *body, struct enc_error *err)
{
	const char *exec = json_string_value(json_object_get(body, "execMode"));

	if (exec != NULL && strcmp(exec, "interactive") == 0) {
		return enc_fail_field(
			err, ENC_NOT_AVAILABLE, "execMode",
			"execMode interactive is not available yet");
	}
	return ENC_OK;
}

/* read_key() - read Idempotency-Key, which must be printable and short */
static enum enc_code read_key(const struct enc_http_request *request,
			      struct enc_session_spec *spec,
			      struct enc_error *err)
{
	const struct enc_text *key =
		enc_http1_find(request->head, "idempotency-key");

	if (key == NULL) {
		return ENC_OK;
	}
	if (key->length == 0 || key->length > IDEMPOTENCY_MAX_BYTES) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"Idempotency-Key has to be 1 to %d bytes",
				IDEMPOTENCY_MAX_BYTES);
	}
	spec->idempotency_key = enc_xalloc(key->length + 1);
	memcpy(spec->idempotency_key, key->bytes, key->length);
	return ENC_OK;
}

enum enc_code enc_api_session_spec(const struct enc_api_call *call,
				   struct enc_session_spec **ret_spec,
				   struct enc_error *err)
{
	struct enc_session_spec *spec = enc_session_spec_new();
	struct enc_record *record = &spec->record;
	const json_t *body = call->body;
	const char *name = json_string_value(json_object_get(body, "name"));
	enum enc_code code = check_later(body, err);

	record->org = enc_keep_text(&record->memory, call->caller.org);
	record->created_by = enc_keep_text(&record->memory, call->caller.name);
	record->name = enc_keep_text(&record->memory, name);
	enc_sha256_hex(call->request->body, call->request->body_length,
		       spec->request_sha256);
	if (code == ENC_OK) {
		code = check_place(call->api, body, spec, err);
	}
	if (code == ENC_OK) {
		code = read_egress(body, spec, err);
	}
	if (code == ENC_OK) {
		code = read_program(body, spec, err);
	}
	if (code == ENC_OK) {
		code = read_limits(body, spec, err);
	}
	if (code == ENC_OK) {
		code = enc_api_read_bindings(call, spec, err);
	}
	if (code == ENC_OK) {
		code = read_env(body, spec, err);
	}
	if (code == ENC_OK) {
		code = enc_session_spec_check(spec, err);
	}
	if (code == ENC_OK) {
		code = read_files(body, spec, err);
	}
	if (code == ENC_OK) {
		read_labels(body, record);
		code = read_key(call->request, spec, err);
	}
	if (code != ENC_OK) {
		enc_session_spec_free(spec);
		return code;
	}
	*ret_spec = spec;
	return ENC_OK;
}

/* ---- filters ---- */

static enum enc_code read_label(const struct enc_api_call *call,
				struct enc_store_filter *filter,
				struct enc_error *err)
{
	char *name = enc_api_query(call, "label");
	char *colon = name == NULL ? NULL : strchr(name, ':');

	if (name == NULL) {
		return ENC_OK;
	}
	if (colon == NULL || colon == name) {
		return enc_fail(err, ENC_BAD_REQUEST, "label is name:value");
	}
	*colon = '\0';
	filter->labels[0] = (struct enc_store_label){ name, colon + 1 };
	filter->label_count = 1;
	return ENC_OK;
}

enum enc_code enc_api_session_filter(const struct enc_api_call *call,
				     struct enc_store_filter *ret_filter,
				     struct enc_error *err)
{
	const char *cursor = enc_api_query(call, "cursor");
	const char *phase = enc_api_query(call, "phase");
	const char *outcome = enc_api_query(call, "outcome");
	enum enc_phase number;
	int64_t before = 0;

	if (cursor != NULL &&
	    (!enc_schema_number(ENC_SCHEMA_INTEGER, cursor, &before) ||
	     before == 0)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"cursor is not one that was given here");
	}
	if (phase != NULL && enc_phase_parse(phase, &number) &&
	    enc_phase_ended(number) && number != ENC_PHASE_TORN_DOWN) {
		/* Such a phase lasts only until the teardown. */
		if (outcome != NULL && strcmp(outcome, phase) != 0) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"phase %s and outcome %s exclude each "
					"other",
					phase, outcome);
		}
		outcome = phase;
		phase = NULL;
	}
	*ret_filter = (struct enc_store_filter){
		.like = { .org = call->caller.org,
			  .name = enc_api_query(call, "name"),
			  .phase = phase,
			  .outcome = outcome },
		.since_ms = enc_api_query_number(call, "since", 0),
		.before = (uint64_t)before,
		.limit = (unsigned int)enc_api_query_number(call, "limit",
							    PAGE_DEFAULT),
	};
	return read_label(call, ret_filter, err);
}
