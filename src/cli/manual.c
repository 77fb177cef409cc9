#include <string.h>

#include "command.h"

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

void enc_commands_manual(FILE *out)
{
	(void)fputs(".SH COMMANDS\n", out);
	for (size_t i = 0; i < enc_command_count; i++) {
		manual_of(enc_commands[i], out);
	}
}
