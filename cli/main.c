/* The program: a table of commands. */
#include "cli/cmd_doctor.h"
#include "cli/cmd_fabric.h"
#include "cli/cmd_inventory.h"
#include "cli/cmd_keys.h"
#include "cli/cmd_manager.h"
#include "cli/cmd_observe.h"
#include "cli/cmd_orchestrate.h"
#include "cli/cmd_repository.h"
#include "cli/cmd_signatures.h"
#include "cli/cmd_up.h"
#include "cli/cmd_watch.h"
#include "cli/options.h"
#include "cli/standard_streams.h"
#include "core/nearest.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

/* Commands without `run` are named in the contract and come later. */
static const struct command {
	const char *name, *about;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"observe", "watch packets; tell which endpoints there are and what runs on them", cmd_observe},
	{"inventory", "endpoints of a repository: list, filter, show one, its history", cmd_inventory},
	{"watch", "follow assertions live", cmd_watch},
	{"signatures", "list, test and explain signatures", cmd_signatures},
	{"fabric", "the integration service (ZeroMQ broker)", cmd_fabric},
	{"manager", "roster, capabilities, health", cmd_manager},
	{"orchestrate", "start, cancel and list observational collections", cmd_orchestrate},
	{"repository", "the posture attribute repository: serve, ask, import, prune", cmd_repository},
	{"evaluate", "policy against posture", NULL},
	{"up", "all roles in one process, for one machine", cmd_up},
	{"keys", "make, list, revoke CURVE keys", cmd_keys},
	{"doctor", "look at this machine and say what would lose packets", cmd_doctor},
};

#define COMMANDS (sizeof commands / sizeof *commands)

static const char *command_name(size_t i, const void *arg)
{
	(void)arg;
	return commands[i].name;
}

static void help(FILE *out)
{
	fputs("onlooker COMMAND [options]\n\n"
	      "Watches network traffic and tells which endpoints there are, what they are called and what\n"
	      "software runs on them.\n\n",
	      out);
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].run)
			fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].about);
	fputs("\nonlooker COMMAND --help tells more. To begin:\n"
	      "  onlooker observe -r capture.pcap\n"
	      "  onlooker observe -r capture.pcap --repository sqlite:onlooker.db\n"
	      "  onlooker inventory show 192.0.2.7\n",
	      out);
}

static int unknown(const char *typed)
{
	const char *near = nearest_name(typed, command_name, NULL, COMMANDS);
	if (near)
		fprintf(stderr, "onlooker: there is no command %s; did you mean %s?\n", typed, near);
	else
		fprintf(stderr, "onlooker: there is no command %s; see onlooker --help\n", typed);
	return 2;
}

static int run(int argc, char **argv)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, argv[0]) != 0)
			continue;
		if (commands[i].run)
			return commands[i].run(argc, argv);
		fprintf(stderr, "onlooker %s: this command is not there yet\n", argv[0]);
		return 2;
	}
	return unknown(argv[0]);
}

/* `onlooker help observe` is `onlooker observe --help`. */
static int help_with(char *command)
{
	char option[] = "--help", *words[] = {command, option, NULL};
	return run(2, words);
}

static int start(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return 2;
	}
	if (strcmp(argv[1], "help") == 0 && argc > 2)
		return help_with(argv[2]);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		help(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("onlooker " ONLOOKER_VERSION);
		return 0;
	}
	return run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	standard_streams_hold();
	setlocale(LC_CTYPE, "C.UTF-8"); /* widths of characters; nothing else depends on it */
	return standard_streams_end(start(argc, argv));
}
