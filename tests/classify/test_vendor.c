/* Makers of network interfaces, by the IEEE's registries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/vendor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static const char *of(const struct vendors *v, uint64_t address)
{
	uint8_t mac[6];
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t)(address >> (40 - 8 * i));
	const char *name = vendor_of(v, mac);
	return name ? name : "";
}

static void longest_block_decides(void **state)
{
	char folder[] = "/tmp/onlooker-vendor-XXXXXX", command[64];
	struct vendors *v;
	struct error e = {""};
	assert_non_null(mkdtemp(folder));
	assert_int_equal(vendors_read(folder, &v, &e), 0);
	assert_null(v); /* nothing there is no error */
	write_file(folder, "oui.csv",
		   "Registry,Assignment,Organization Name,Organization Address\n"
		   "MA-L,001122,\"Toys, \"\"Big\"\" Ltd. \",Somewhere\n"
		   "MA-L,70B3D5,Registrar,Elsewhere\nMA-L,004433,Private,\nnonsense\nMA-L,00\nMA-L,,x,\n"
		   "MA-L,980637,IEEE Registration Authority,445 Hoes Lane\n"
		   "MA-L,021122,Local,x\n");
	write_file(folder, "mam.csv", "MA-M,70B3D51,Middle,x\r\n");
	write_file(folder, "oui36.csv", "MA-S,70B3D5123,Small,x\n");
	assert_int_equal(vendors_read(folder, &v, &e), 0);
	assert_string_equal(of(v, 0x001122334455), "Toys, \"Big\" Ltd.");
	assert_string_equal(of(v, 0x70b3d5123fff), "Small");
	assert_string_equal(of(v, 0x70b3d5124000), "Middle");
	assert_string_equal(of(v, 0x70b3d5200000), "Registrar");
	assert_string_equal(of(v, 0x001123000000), "");
	assert_string_equal(of(v, 0x004433000000), ""); /* its owner is not told */
	assert_string_equal(of(v, 0x980637000000), ""); /* one of its parts is somebody's that is not listed */
	assert_string_equal(of(v, 0x021122000000), ""); /* locally administered: nobody's */
	assert_string_equal(of(v, 0x011122000000), ""); /* a group */
	assert_string_equal(of(NULL, 0x001122334455), "");
	vendors_free(v);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(longest_block_decides)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
