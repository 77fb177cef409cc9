#ifndef ENC_CLI_DEMO_PROGRAMS_H
#define ENC_CLI_DEMO_PROGRAMS_H

/* The programs of demos/adversarial. tools/embed compiles them in. */

struct enc_demo_program {
	const char *name; /* file name, such as "exfil.py" */
	const char *code; /* text of the program */
};

/* All programs of the demo. The last row has only NULLs. */
extern const struct enc_demo_program enc_demo_program_rows[];

#endif
