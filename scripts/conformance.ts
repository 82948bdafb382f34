import '../conformance/main.ts';
