/* A report from an endpoint: the first octet says in which format. Refused in a sentence, or software with titles. */
#include "domain/self_report.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct self_report r;
	struct error error = {""};
	unsigned formats = 0;
	while (self_report_format(formats))
		formats++;
	if (!size)
		return 0;
	char *report = malloc(size); /* nothing stands behind it */
	if (!report)
		return 0;
	memcpy(report, data + 1, size - 1);
	int code = self_report_read(self_report_format(data[0] % formats), report, size - 1, &r, &error);
	if (code && !*error.text)
		abort();
	for (uint32_t i = 0; !code && i < r.count; i++)
		if (!r.items[i].title || !*r.items[i].title)
			abort();
	self_report_free(&r);
	free(report);
	return 0;
}
