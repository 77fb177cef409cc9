#include <string.h>

#include "command.h"
#include "exit_status.h"

/* roff_text() - print a text with all roff requests and escapes quoted */
static void roff_text(const char *text, FILE *out)
{
	bool line_start = true;

	for (; *text != '\0'; text++) {
		if (line_start && (*text == '.' || *text == '\'')) {
			(void)fputs("\\&", out);
		}
		if (*text == '\\') {
			(void)fputs("\\e", out);
		} else if (*text == '-') {
			(void)fputs("\\-", out);
		} else {
			(void)fputc(*text, out);
		}
		line_start = *text == '\n';
	}
}

/* manual_of() - print the section of the manual page for one command */
static void manual_of(const struct enc_command *command, FILE *out)
{
	(void)fputs(".SS \"enclave ", out);
	roff_text(command->name, out);
	(void)fputs(command->arguments[0] == '\0' ? "" : " ", out);
	roff_text(command->arguments, out);
	(void)fputs("\"\n", out);
	roff_text(command->summary, out);
	(void)fputs(".\n", out);
	if (command->text != NULL) {
		(void)fputs(".PP\n.nf\n", out);
		roff_text(command->text, out);
		(void)fputs("\n.fi\n", out);
	}
	for (size_t i = 0; i < command->option_count; i++) {
		char spelled[80];

		enc_options_spell(&command->options[i], spelled,
				  sizeof(spelled));
		(void)fputs(".TP\n.B ", out);
		roff_text(spelled, out);
		(void)fputc('\n', out);
		roff_text(command->options[i].help, out);
		(void)fputs(".\n", out);
	}
	if (command->tell_more != NULL) {
		(void)fputs(".PP\n.nf\n", out);
		command->tell_more(out);
		(void)fputs(".fi\n", out);
	}
}

/*
 * statuses() - print the exit statuses: first for killed sessions, then for
 * failures of `enclave` itself
 */
static void statuses(FILE *out)
{
	(void)fputs(".SH EXIT STATUS\n"
		    "0 on success; \\fBenclave run\\fR passes the program's "
		    "own on, 128+n for signal n.\n",
		    out);
	for (size_t i = 0; i < enc_kill_reason_count; i++) {
		(void)fprintf(out, ".TP\n.B %d\n%s: ",
			      enc_kill_reasons[i].exit_status,
			      enc_kill_reasons[i].name);
		roff_text(enc_kill_reasons[i].sentence, out);
		(void)fputs(".\n", out);
	}
	for (enum enc_code code = ENC_OK + 1; code < ENC_CODE_MAX; code++) {
		const struct enc_code_row *info = enc_code_info(code);

		(void)fprintf(out, ".TP\n.B %d\n%s: ", info->cli_exit,
			      info->name);
		roff_text(info->sentence, out);
		(void)fputc('\n', out);
	}
}

void enc_commands_manual(FILE *out)
{
	(void)fprintf(out,
		      ".TH ENCLAVE 1 \"\" \"Enclave %s\" \"User commands\"\n"
		      ".SH NAME\n"
		      "enclave \\- run programs that nobody trusts, and keep a "
		      "record\n"
		      ".SH SYNOPSIS\n"
		      ".B enclave\n.I command\n[options] [arguments]\n"
		      ".SH COMMANDS\n"
		      "Each command also has \\fB\\-\\-json\\fR and "
		      "\\fB\\-\\-help\\fR.\n",
		      ENC_RELEASE);
	for (size_t i = 0; i < enc_command_count; i++) {
		manual_of(enc_commands[i], out);
	}
	statuses(out);
	(void)fputs(".SH ENVIRONMENT\n"
		    ".TP\n.B ENCLAVE_BASE_URL\n"
		    "Server: http://host:port or unix:/path. Without it run "
		    "and demo start a private one.\n"
		    ".TP\n.B ENCLAVE_API_KEY\nKey for it.\n"
		    ".TP\n.B ENCLAVE_TOKEN\nToken for it, if there is no "
		    "key.\n"
		    ".TP\n.B ENCLAVE_BACKEND\nOf a private server: native or "
		    "simulator.\n"
		    ".TP\n.B ENCLAVE_ENVIRONMENTS\nOf a private server: "
		    "directory of environments.\n"
		    ".TP\n.B NO_COLOR\nNo colour, also on a terminal.\n"
		    ".SH SEE ALSO\n"
		    ".BR enclaved (8),\n.BR enclave\\-api (8),\n"
		    ".BR enclave\\-gate (8),\n.BR enclave\\-init (8)\n",
		    out);
}
