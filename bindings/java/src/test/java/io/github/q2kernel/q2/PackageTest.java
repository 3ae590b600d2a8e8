package io.github.q2kernel.q2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The package as such: its version, its README, and libraries that it must refuse. */
class PackageTest {
    @TempDir Path scratch;

    private static String match(String text, String regex) {
        Matcher m = Pattern.compile(regex, Pattern.MULTILINE | Pattern.DOTALL).matcher(text);
        assertTrue(m.find(), regex);
        return m.group(1);
    }

    @Test
    void oneVersion() throws IOException {
        String header = Files.readString(Path.of("../../native/c/q2.h"));
        assertEquals(match(header, "^#define Q2_VERSION \"(.*?)\""), Q2.version());
        assertEquals(match(Files.readString(Path.of("pom.xml")), "<artifactId>q2</artifactId>\\s*<version>(.*?)</version>"), Q2.version());
        assertEquals(match(Files.readString(Path.of("README.md")), "<version>(.*?)</version>"), Q2.version());
        assertEquals(Integer.parseInt(match(header, "^#define Q2_ABI_VERSION (\\d+)")), Q2.abiVersion());
    }

    /** Both streams: newer virtual machines warn of native code on the second. */
    private record Run(int exit, String output, String errors) {}

    private Run java(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-cp", "target/classes"));
        command.addAll(List.of(arguments));
        Path output = scratch.resolve("output");
        Path errors = scratch.resolve("errors");
        int exit = new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile()).start().waitFor();
        return new Run(exit, Files.readString(output), Files.readString(errors));
    }

    @Test
    void theProgramInTheReadme() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        String program = match(readme, "```java\\n(.*?)```");
        assertEquals(5, program.strip().lines().count());
        String imports = String.join("\n", program.lines().filter(l -> l.startsWith("import ")).toList());
        String body = String.join("\n", program.lines().filter(l -> !l.startsWith("import ")).toList());
        Path source = Files.writeString(scratch.resolve("Readme.java"), imports + "\nclass Readme { public static void main(String[] a) {\n" + body + "\n} }\n");
        Run run = java(source.toString());
        assertEquals(match(readme, "```java\\n.*?```.*?```\\n(.*?)```"), run.output());
    }

    @Test
    void aLibraryThatIsNone() throws Exception {
        Path program = Files.writeString(scratch.resolve("Version.java"), "class Version { public static void main(String[] a) { System.out.println(io.github.q2kernel.q2.Q2.version()); } }");
        Run absent = java("-Dq2.library=/nowhere/libq2.so.1", program.toString());
        assertEquals(1, absent.exit());
        assertTrue(absent.errors().contains("q2: property q2.library is /nowhere/libq2.so.1: /nowhere/libq2.so.1: cannot open shared object file"), absent.errors());
        Run other = java("-Dq2.library=libc.so.6", program.toString());
        assertEquals(1, other.exit());
        assertTrue(other.errors().contains("q2: property q2.library is libc.so.6: it is not libq2: it has no q2_abi_version"), other.errors());
        Run marks = java("-Dq2.library=" + System.getProperty("q2.marks"), program.toString());
        assertEquals("marks\n", marks.output(), marks.errors());
    }
}
