#include <string.h>
#include <sys/stat.h>

#include "base64.h"
#include "file.h"
#include "folder.h"
#include "language.h"
#include "limit.h"
#include "nearest.h"
#include "run_request.h"
#include "standard_input.h"

enum {
	CODE_BYTES_MAX = 1 << 20,
	INPUT_BYTES_MAX = 1 << 20,
	FILES_BYTES_MAX = 4 << 20, /* limit for all files together */
	LIMIT_NAMES_BYTES = 512,
};

/* Shared by the steps that make a request. */
struct making {
	const struct enc_run_options *options;
	const struct enc_run_program *program;
	json_t *request;
	struct enc_error *err;
};

/*
 * put() - set a member of a JSON object; takes the reference to @value
 *
 * @value must not be NULL: the caller has checked that its text is UTF-8.
 */
static void put(json_t *object, const char *name, json_t *value)
{
	ENC_MUST(json_object_set_new(object, name, value));
}

/*
 * language_of() - get the language of --language or, without that option, of
 * the file's extension; NULL if it is unknown
 */
static const struct enc_language_row *
language_of(const struct enc_run_options *options, const char *program)
{
	enum enc_language language;
	bool known =
		options->language != NULL
			? enc_language_of_word(options->language, &language)
			: enc_language_of_file(program, &language);

	return known ? enc_language_info(language) : NULL;
}

/* read_text() - read a UTF-8 file into a JSON string */
static enum enc_code read_text(const struct making *making, const char *path,
			       json_t **ret_text)
{
	ENC_AUTO(buf) bytes = ENC_BUF(CODE_BYTES_MAX);
	enum enc_code code = enc_file_read(path, &bytes, making->err);
	const uint8_t *nul;

	if (code != ENC_OK) {
		return code;
	}
	nul = bytes.length == 0
		      ? NULL
		      : memchr(enc_buf_bytes(&bytes), '\0', bytes.length);
	if (nul != NULL) {
		return enc_fail(making->err, ENC_BAD_REQUEST,
				"%.150s has a NUL byte at offset %zu; no "
				"program has one",
				path, (size_t)(nul - enc_buf_bytes(&bytes)));
	}
	*ret_text =
		json_stringn((const char *)enc_buf_bytes(&bytes), bytes.length);
	return *ret_text != NULL
		       ? ENC_OK
		       : enc_fail(making->err, ENC_BAD_REQUEST,
				  "%.150s is not UTF-8; pass it with --file",
				  path);
}

/*
 * add_file() - add the file at @path to the request; the program finds it as
 * @dest below /work
 * @room: bytes that files may still have; reduced by the file's size
 */
static enum enc_code add_file(const struct making *making, const char *path,
			      const char *dest, size_t *room)
{
	ENC_AUTO(buf) bytes = ENC_BUF(*room);
	enum enc_code code = enc_file_read(path, &bytes, making->err);
	json_t *files = json_object_get(making->request, "files");
	json_t *file;
	struct stat status;

	if (code != ENC_OK) {
		return code;
	}
	*room -= bytes.length;
	file = json_pack("{s:s}", "path", dest);
	if (file == NULL) {
		return enc_fail(making->err, ENC_BAD_REQUEST,
				"%.150s: the name is not UTF-8", path);
	}
	if (files == NULL) {
		files = json_array();
		put(making->request, "files", files);
	}
	{
		enc_autofree char *text =
			enc_base64_encode(enc_buf_bytes(&bytes), bytes.length);

		put(file, "contentBase64", json_string(text));
	}
	if (stat(path, &status) == 0 && (status.st_mode & S_IXUSR) != 0) {
		put(file, "mode", json_string("0755"));
	}
	ENC_MUST(json_array_append_new(files, file));
	return ENC_OK;
}

/* base_name() - get the part of a path after its last slash */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* A folder whose files are added to the request. */
struct adding {
	const struct making *making;
	const char *dest; /* folder below /work; "." is /work itself */
	size_t *room;
};

static enum enc_code take_file(void *context, const char *path,
			       const char *name, struct enc_error *err)
{
	const struct adding *adding = context;
	bool direct = strcmp(adding->dest, ".") == 0;
	enc_autofree char *dest =
		enc_xprintf("%s%s%s", direct ? "" : adding->dest,
			    direct ? "" : "/", name);

	(void)err; /* it is the one of `making` */
	return add_file(adding->making, path, dest, adding->room);
}

/* add_path() - add a file, or the files of a folder */
static enum enc_code add_path(const struct making *making, const char *path,
			      const char *dest, size_t *room)
{
	struct adding adding = { making, dest, room };
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode)
		       ? enc_folder_walk(path, take_file, &adding, making->err)
		       : add_file(making, path, dest, room);
}

/* cut_slashes() - remove the slashes at the end of a path */
static void cut_slashes(char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/') {
		path[--length] = '\0';
	}
}

/* add_files() - add the files of all --file PATH[:DEST] options */
static enum enc_code add_files(const struct making *making, size_t *room)
{
	const struct enc_words *files = &making->options->files;
	enum enc_code code = ENC_OK;

	for (size_t i = 0; i < files->count && code == ENC_OK; i++) {
		enc_autofree char *path = enc_xstrdup(files->word[i]);
		char *colon = strrchr(path, ':');
		const char *dest;

		if (colon != NULL) {
			*colon = '\0';
			cut_slashes(colon + 1);
		}
		cut_slashes(path);
		dest = colon != NULL ? colon + 1 : base_name(path);
		if (path[0] == '\0' || dest[0] == '\0') {
			return enc_fail(making->err, ENC_BAD_REQUEST,
					"--file is PATH or PATH:DEST, not "
					"'%.100s'",
					files->word[i]);
		}
		code = add_path(making, path, dest, room);
	}
	return code;
}

/*
 * add_pairs() - add an object with a member for each NAME=VALUE
 * @member: name of the object in the request
 * @option: where @words come from, for messages
 */
static enum enc_code add_pairs(const struct making *making, const char *member,
			       const char *option,
			       const struct enc_words *words)
{
	json_t *object;

	if (words->count == 0) {
		return ENC_OK;
	}
	object = json_object();
	put(making->request, member, object);
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->word[i];
		const char *equals = strchr(word, '=');
		enc_autofree char *name = NULL;

		if (equals == NULL || equals == word) {
			return enc_fail(making->err, ENC_BAD_REQUEST,
					"%s is NAME=VALUE, not '%.100s'",
					option, word);
		}
		name = strndup(word, (size_t)(equals - word));
		if (name == NULL ||
		    json_object_set_new(object, name,
					json_string(equals + 1)) != 0) {
			return enc_fail(making->err, ENC_BAD_REQUEST,
					"%s: '%.40s' is not UTF-8", option,
					name == NULL ? "" : name);
		}
	}
	return ENC_OK;
}

/* unknown_limit() - fail for an unknown limit; suggests names of limits */
static enum enc_code unknown_limit(const char *word, struct enc_error *err)
{
	ENC_AUTO(buf) names = ENC_BUF(LIMIT_NAMES_BYTES);
	char name[ENC_NEAREST_BYTES_MAX];
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	(void)snprintf(name, sizeof(name), "%.60s", word);
	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		const char *known = enc_limit_info((enum enc_limit)i)->name;

		if (enc_nearest_better(name, known, &best)) {
			nearest = known;
		}
		ENC_MUST(enc_buf_printf(&names, "%s%s", i == 0 ? "" : ", ",
					known));
	}
	if (nearest == NULL) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"there is no limit '%s'; they are %.*s", name,
				(int)names.length,
				(const char *)enc_buf_bytes(&names));
	}
	return enc_fail(err, ENC_BAD_REQUEST,
			"there is no limit '%s'; did you mean %s?", name,
			nearest);
}

/* add_limit() - add the limit of one --limit NAME=NUMBER to @limits */
static enum enc_code add_limit(json_t *limits, const char *word,
			       struct enc_error *err)
{
	size_t length = strcspn(word, "=");
	const char *value = word[length] == '=' ? word + length + 1 : "";
	enc_autofree char *name = strndup(word, length);
	enum enc_limit limit;
	json_t *number;

	ENC_ASSERT(name != NULL);
	if (!enc_limit_parse(name, &limit)) {
		return unknown_limit(name, err);
	}
	number = json_loads(value, JSON_DECODE_ANY, NULL);
	if (!json_is_number(number)) {
		json_decref(number);
		return enc_fail(err, ENC_BAD_REQUEST,
				"--limit is NAME=NUMBER, not '%.100s'", word);
	}
	put(limits, name, number);
	return ENC_OK;
}

/* add_limits() - add the limits of --limit and --timeout */
static enum enc_code add_limits(const struct making *making)
{
	const struct enc_words *words = &making->options->limits;
	json_t *limits = json_object();
	enum enc_code code = ENC_OK;

	for (size_t i = 0; i < words->count && code == ENC_OK; i++) {
		code = add_limit(limits, words->word[i], making->err);
	}
	if (making->options->timeout_s > 0) {
		put(limits, enc_limit_info(ENC_LIMIT_WALL_CLOCK)->name,
		    json_integer(making->options->timeout_s));
	}
	if (code == ENC_OK && json_object_size(limits) > 0) {
		put(making->request, "limits", json_incref(limits));
	}
	json_decref(limits);
	return code;
}

/* add_words() - set a member of the request to a list of words */
static enum enc_code add_words(const struct making *making, const char *member,
			       const char *const *words, size_t count)
{
	json_t *list = json_array();

	put(making->request, member, list);
	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(list, json_string(words[i])) != 0) {
			return enc_fail(making->err, ENC_BAD_REQUEST,
					"word %zu after -- is not UTF-8",
					i + 1);
		}
	}
	return ENC_OK;
}

/* add_program() - add the program to run, and its arguments */
static enum enc_code add_program(const struct making *making,
				 const char *program, const char *const *rest,
				 size_t rest_count)
{
	const struct enc_language_row *language =
		language_of(making->options, program);
	bool standard = strcmp(program, "-") == 0;
	json_t *text = NULL;
	enum enc_code code;

	/* A file that isn't there has no language either: that comes first. */
	if (language == NULL && !standard &&
	    (code = read_text(making, program, &text)) != ENC_OK) {
		return code;
	}
	if (language == NULL) {
		json_decref(text);
		return enc_fail(making->err, ENC_BAD_REQUEST,
				"what language is %.100s? Say --language "
				"python or --language node%s%.40s",
				standard ? "standard input" : program,
				making->options->language == NULL ? ""
								  : ", not ",
				making->options->language == NULL
					? ""
					: making->options->language);
	}
	code = read_text(making, program, &text);
	if (code == ENC_OK && json_string_length(text) == 0) {
		json_decref(text);
		return enc_fail(making->err, ENC_BAD_REQUEST, "%.150s is empty",
				standard ? "standard input" : program);
	}
	if (code == ENC_OK) {
		put(making->request, "code", text);
		put(making->request, "language", json_string(language->name));
	}
	return code == ENC_OK && rest_count > 0
		       ? add_words(making, "args", rest, rest_count)
		       : code;
}

/*
 * read_own_input() - read our own standard input if it has something
 *
 * Its reader may not expect it, so an error says how to do without.
 */
static enum enc_code read_own_input(const struct making *making,
				    struct enc_buf *ret_bytes)
{
	enum enc_code code = ENC_OK;

	if (enc_standard_input_comes(making->program->notes)) {
		code = enc_file_read("-", ret_bytes, making->err);
	}
	return code != ENC_LIMIT
		       ? code
		       : enc_fail(
				 making->err, code,
				 "standard input is larger than %d bytes; pass "
				 "it with --file, or say < /dev/null",
				 INPUT_BYTES_MAX);
}

/* add_input() - add the program's standard input */
static enum enc_code add_input(const struct making *making)
{
	const char *program = making->program->path;
	bool is_program = program != NULL && strcmp(program, "-") == 0;
	const char *path = making->options->input;
	ENC_AUTO(buf) bytes = ENC_BUF(INPUT_BYTES_MAX);
	enum enc_code code = ENC_OK;

	if (path != NULL && is_program && strcmp(path, "-") == 0) {
		return enc_fail(making->err, ENC_BAD_REQUEST,
				"standard input can't be program and --stdin "
				"at once");
	}
	if (path != NULL) {
		code = enc_file_read(path, &bytes, making->err);
	} else if (!is_program) {
		code = read_own_input(making, &bytes);
	}
	if (code == ENC_OK && bytes.length > 0) {
		enc_autofree char *text =
			enc_base64_encode(enc_buf_bytes(&bytes), bytes.length);

		put(making->request, "stdinBase64", json_string(text));
	}
	return code;
}

/* add_names() - add the texts of --environment, --backend and --name */
static enum enc_code add_names(const struct making *making)
{
	const char *const names[][2] = {
		{ "environment", making->options->environment },
		{ "backend", making->options->backend },
		{ "name", making->options->name },
	};

	for (size_t i = 0; i < ENC_COUNT(names); i++) {
		json_t *text;

		if (names[i][1] == NULL) {
			continue;
		}
		text = json_string(names[i][1]);
		if (text == NULL) {
			return enc_fail(making->err, ENC_BAD_REQUEST,
					"--%s is not UTF-8", names[i][0]);
		}
		put(making->request, names[i][0], text);
	}
	return ENC_OK;
}

enum enc_code enc_run_request_egress(const struct enc_words *allow,
				     json_t **ret_egress, struct enc_error *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < allow->count; i++) {
		if (json_array_append_new(list, json_string(allow->word[i])) !=
		    0) {
			json_decref(list);
			return enc_fail(err, ENC_BAD_REQUEST,
					"entry %zu of --allow is not UTF-8",
					i + 1);
		}
	}
	*ret_egress =
		json_pack("{s:s, s:o}", "mode", "allowlist", "allow", list);
	return ENC_OK;
}

/* add_egress() - add the entries of --allow */
static enum enc_code add_egress(const struct making *making)
{
	json_t *egress = NULL;
	enum enc_code code = ENC_OK;

	if (making->options->allow.count > 0) {
		code = enc_run_request_egress(&making->options->allow, &egress,
					      making->err);
	}
	if (egress != NULL) {
		put(making->request, "egress", egress);
	}
	return code;
}

/* add_bindings() - add the names of --bind */
static enum enc_code add_bindings(const struct making *making)
{
	const struct enc_words *bind = &making->options->bind;
	json_t *list = json_array();

	for (size_t i = 0; i < bind->count; i++) {
		if (json_array_append_new(list, json_string(bind->word[i])) !=
		    0) {
			json_decref(list);
			return enc_fail(making->err, ENC_BAD_REQUEST,
					"a name of --bind is not UTF-8");
		}
	}
	if (bind->count > 0) {
		put(making->request, "serviceBindings", json_incref(list));
	}
	json_decref(list);
	return ENC_OK;
}

/* fill() - add all parts of the request */
static enum enc_code fill(const struct making *making)
{
	const struct enc_run_program *program = making->program;
	size_t room = FILES_BYTES_MAX;
	enum enc_code code;

	if (program->path == NULL) {
		code = add_words(making, "command", program->rest,
				 program->rest_count);
	} else {
		code = add_program(making, program->path, program->rest,
				   program->rest_count);
	}
	if (code == ENC_OK) {
		code = add_files(making, &room);
	}
	if (code == ENC_OK) {
		code = add_pairs(making, "env", "--env", &making->options->env);
	}
	if (code == ENC_OK) {
		code = add_pairs(making, "labels", "--label",
				 &making->options->labels);
	}
	if (code == ENC_OK) {
		code = add_limits(making);
	}
	if (code == ENC_OK) {
		code = add_egress(making);
	}
	if (code == ENC_OK) {
		code = add_bindings(making);
	}
	if (code == ENC_OK) {
		code = add_names(making);
	}
	return code == ENC_OK ? add_input(making) : code;
}

enum enc_code enc_run_request_make(const struct enc_run_options *options,
				   const struct enc_run_program *program,
				   json_t **ret_request, struct enc_error *err)
{
	struct making making = { options, program, json_object(), err };
	enum enc_code code;

	if (program->path == NULL && program->rest_count == 0) {
		json_decref(making.request);
		return enc_fail(err, ENC_BAD_REQUEST,
				"what is to be run? Say a file, - for standard "
				"input, or -- and a command");
	}
	code = fill(&making);
	if (code != ENC_OK) {
		json_decref(making.request);
		return code;
	}
	*ret_request = making.request;
	return ENC_OK;
}
