/* A configuration file, whatever it holds, read for every command that takes one. */
#include "cli/observe_options.h"
#include "cli/options_file.h"
#include "tests/fuzz/memory_file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_file file = memory_file_open(data, size);
	char words[][16] = {"observe", "-r", "a.pcap", "--config"};
	char *arguments[] = {words[0], words[1], words[2], words[3], file.path, NULL};
	struct observe_options o = {0};
	struct error error = {""};
	int code = observe_options_parse(5, arguments, &o, &error);
	if (code && !error.text[0])
		abort(); /* a refusal without a reason helps nobody */
	if (!code && !o.files.count)
		abort();
	observe_options_fini(&o);
	memory_file_close(&file);
	return 0;
}
