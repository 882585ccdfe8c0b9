# A report as large as they come, for the browser: findings=50 steps=40 rules=144 ops=61 samples=720.
# Texts that look like markup are among it; the second finding is of no step.
function state(i, s,   text, d, k) {
	text = "{\"devices\":["
	for (d = 0; d < 4; d++)
		text = text sprintf("%s{\"id\":\"d%d\",\"present\":%s,\"domain\":%s,\"vm\":%s,\"sva\":true}",
			d ? "," : "", d, d == 3 ? "false" : "true", d < 2 ? "\"A\"" : d == 2 ? "\"B\"" : "null",
			d == 2 ? "\"v0\"" : "null")
	text = text "],\"domains\":[{\"id\":\"A\",\"type\":\"stage1\",\"pages\":2,\"entries\":["
	for (k = 0; k <= s % 4; k++)
		text = text sprintf("%s{\"pasid\":%d,\"space\":\"mm%d\"}", k ? "," : "", k + 1, k)
	text = text "]},{\"id\":\"B\",\"type\":\"stage1\",\"pages\":0,\"entries\":[]}," \
		"{\"id\":\"group 1\",\"type\":\"group\",\"pages\":0,\"entries\":[{\"pasid\":9,\"space\":null,\"domain\":\"B\"}]}" \
		"],\"spaces\":["
	for (k = 0; k < 5; k++)
		text = text sprintf("%s{\"id\":\"mm%d\",\"tasks\":[\"p%d\"],\"pasid\":%d,\"vm\":null,\"pages\":[%s]}",
			k ? "," : "", k, k, k <= s % 4 ? k + 1 : 0, pages(k ? k : s % 14))
	text = text "],\"bonds\":["
	for (k = 0; k <= s % 4; k++)
		text = text sprintf("%s{\"device\":\"d%d\",\"space\":\"mm%d\",\"pasid\":%d}", k ? "," : "", k % 2, k, k + 1)
	text = text "],\"partitions\":[{\"id\":\"m0\",\"parent\":\"d1\",\"vm\":null,\"spaces\":[\"mm0\"]}]," \
		"\"vms\":[{\"id\":\"v0\",\"running\":true,\"functions\":[\"d2\"]}],\"stale\":["
	if (s == steps - 1)
		text = text "{\"where\":\"atc\",\"device\":\"d0\",\"pasid\":1,\"va\":\"0x10000\",\"rights\":\"rw\",\"text\":\"ATC of d0, pasid 1: 0x10000 rw\"}," \
			"{\"where\":\"tlb\",\"device\":null,\"pasid\":1,\"va\":\"0x10000\",\"rights\":\"rw\",\"text\":\"TLB: asid 2, 0x10000 <i>rw</i>\"}"
	return text "]}"
}

function pages(count,   text, k) {
	for (k = 0; k < count; k++)
		text = text sprintf("%s{\"va\":\"0x%x\",\"rights\":\"rw\"}", k ? "," : "", 65536 + k * 4096)
	return text
}

# How often the rule was met by the operation; one of each was never met.
function hits(i, k) {
	if (k == 7 || i == 9 || (i * k) % 11 < 8)
		return 0
	return 3 ^ (i % 11)
}

function finding(i,   s, at) {
	printf "%s{\"kind\":\"stale-atc\",\"rule\":\"D-%d\",\"signature\":\"iomm/emulated/stale-atc/munmap-%d/D-%d\",", \
		i ? ",\n" : "", i + 1, i, i + 1
	printf "\"known\":%s,\"op\":%d,\"expected\":\"only the law's page\",\"observed\":\"<img src=x onerror=alert(1)></script>\",", \
		i % 5 == 4 ? "\"corpus/known/x.trace\"" : "null", i == 1 ? steps : steps - 2
	printf "\"trace_file\":\"findings/%d.trace\",\"trace\":\"policy  io_mm\\nprocess p0\\n\\n", i
	for (s = 1; s < steps; s++)
		printf "munmap  p0 0x%x => ok\\n", s * 4096
	printf "\",\"replay\":\"build/svafuzz replay %d.trace\",\"steps\":[", i
	for (s = 0; s < steps; s++) {
		at = s == steps - 1
		printf "%s{\"index\":%d,\"op\":\"munmap  p0 0x%x\",\"words\":\"process p0 unmaps 1 page at 0x%x\",", \
			s ? "," : "", s - 1, s * 4096, s * 4096
		printf "\"expected\":\"ok\",\"observed\":\"%s\",\"rule\":\"%s\",\"commands\":[\"TLBI_NH_VA asid=2 0x10000\",\"SYNC\"],", \
			at ? "the device's ATC may still hold 0x10000 (rw) for (d0, pasid 1)" : "ok", at ? "D-" i + 1 : ""
		printf "\"events\":[],\"state\":%s}", s % 3 == 2 ? "null" : state(i, s)
	}
	printf "]}"
}

BEGIN {
	print "{\"schema\":\"svafuzz-report-1\",\"campaign\":{\"name\":\"large\",\"started\":\"2026-01-01T00:00:00Z\"," \
		"\"driver\":\"iomm\",\"driver_version\":\"\",\"smmu\":\"emulated\",\"policy\":\"io_mm\",\"cache\":\"worst\"," \
		"\"engine\":\"libfuzzer\",\"fault\":\"\",\"jobs\":2,\"seed\":1,\"seeds\":240,\"seconds\":3600," \
		"\"interrupted\":true,\"traces\":36000000,\"traces_per_second\":10000,\"coverage\":2600,\"corpus\":4000," \
		"\"versions\":{\"svafuzz\":\"0.1.0\"},\"member_of_tomorrow\":\"shown\"},\n\"progress\":["
	for (i = 0; i < samples; i++)
		printf "%s{\"seconds\":%d,\"traces\":%d,\"coverage\":%d,\"corpus\":%d,\"findings\":%d}", i ? "," : "", \
			i * 5, i * 50000 + 20000 * sin(i / 9), 2600 * (1 - exp(-i / 90)), i * 5, i / 15
	printf "],\n\"rules\":["
	for (i = 0; i < rules; i++)
		printf "%s{\"id\":\"%s-%d\",\"name\":\"name-of-the-rule-%d\",\"source\":\"W19\",\"text\":\"What it says.\"}", \
			i ? "," : "", substr("DCBA", i % 4 + 1, 1), int(i / 4) + 1, i
	printf "],\n\"matrix\":{\"inputs\":2000,\"ops\":["
	for (i = 0; i < ops; i++)
		printf "%s\"operation-%d\"", i ? "," : "", i
	printf "],\"rows\":["
	for (i = 0; i < rules; i++) {
		printf "%s{\"rule\":\"%s-%d\",\"counts\":[", i ? "," : "", substr("DCBA", i % 4 + 1, 1), int(i / 4) + 1
		for (k = 0; k < ops; k++)
			printf "%s%d", k ? "," : "", hits(i, k)
		printf "]}"
	}
	printf "]},\n\"known\":[{\"trace\":\"corpus/known/x.trace\",\"hits\":12}],\n\"findings\":["
	for (i = 0; i < findings; i++)
		finding(i)
	print "]}"
}
