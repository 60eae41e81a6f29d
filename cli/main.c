#include "cli/cmd_signatures.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "signatures"))
		return cmd_signatures(argc - 1, argv + 1);
	puts("onlooker " ONLOOKER_VERSION);
	return 0;
}
