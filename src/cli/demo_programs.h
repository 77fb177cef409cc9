#ifndef ENC_CLI_DEMO_PROGRAMS_H
#define ENC_CLI_DEMO_PROGRAMS_H

/* The programs of demos/adversarial, put into `enclave` by tools/embed. */

struct enc_demo_program {
	const char *name; /* "exfil.py" */
	const char *code;
};

/* Ends with a row of NULLs. */
extern const struct enc_demo_program enc_demo_program_rows[];

#endif
