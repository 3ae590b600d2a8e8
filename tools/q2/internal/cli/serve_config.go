package cli

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// serveVariable is the environment variable of a flag of q2 serve.
func serveVariable(flag string) string {
	return "Q2_SERVE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// nameServeVariables gives every flag of q2 serve its variable.
func nameServeVariables(k *kong.Kong) error {
	for _, command := range k.Model.Children {
		if command.Name != "serve" {
			continue
		}
		for _, flag := range command.Flags {
			flag.Envs = []string{serveVariable(flag.Name)}
			flag.Value.Tag.Envs = flag.Envs
		}
	}
	return nil
}

// strangers are variables that are named like settings of q2 serve and are none. They may be misspelt, and they may be another program's: Kubernetes
// makes Q2_SERVE_PORT for a service of that name. So they are told of and refused nowhere.
func strangers(flags map[string]*kong.Flag) []string {
	known := map[string]bool{}
	for name := range flags {
		known[serveVariable(name)] = true
	}
	var names []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, serveVariable("")) && !known[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// BeforeResolve reads the configuration file, wherever its name comes from.
func (c *serveCommand) BeforeResolve(ctx *kong.Context) error {
	flags := map[string]*kong.Flag{}
	for _, flag := range ctx.Selected().Flags {
		flags[flag.Name] = flag
	}
	c.strangers = strangers(flags)
	path, _ := ctx.FlagValue(flags["config"]).(string)
	if path == "" {
		return nil
	}
	delete(flags, "config")
	settings, err := readSettings(path, flags)
	if err != nil {
		return err
	}
	ctx.AddResolver(settings)
	return nil
}

// settings are those of a configuration file, by the names of flags, as kong parses them.
type settings map[string]any

func readSettings(path string, known map[string]*kong.Flag) (settings, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	values := map[string]yaml.Node{}
	if err := yaml.Unmarshal(data, &values); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := settings{}
	for name, value := range values {
		if known[name] == nil {
			return nil, fmt.Errorf("%s, line %d: no setting is named %q", path, value.Line, name)
		}
		if s[name], err = setting(&value); err == nil {
			err = checkSetting(known[name], s[name])
		}
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %s: %w", path, value.Line, name, err)
		}
	}
	return s, nil
}

// setting is a scalar as it would stand on the command line, or a list of them.
func setting(value *yaml.Node) (any, error) {
	switch value.Kind {
	case yaml.ScalarNode:
		return value.Value, nil
	case yaml.SequenceNode:
		list := make([]any, len(value.Content))
		for i, element := range value.Content {
			if element.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("element %d is not a plain value", i)
			}
			list[i] = element.Value
		}
		return list, nil
	}
	return nil, fmt.Errorf("must be a plain value or a list of them")
}

// checkSetting says whether a flag takes a value. kong finds that out too, but not where the value stood.
func checkSetting(flag *kong.Flag, value any) error {
	target := reflect.New(flag.Target.Type()).Elem()
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: kong.Scan().PushTyped(value, kong.FlagValueToken)}, target); err != nil {
		return err
	}
	if flag.Enum != "" && !flag.EnumMap()[target.String()] {
		return fmt.Errorf("is %q, must be one of %s", target.String(), flag.Enum)
	}
	return nil
}

func (settings) Validate(*kong.Application) error { return nil }

// Resolve leaves alone what the environment sets; kong itself goes by the command line first.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, variable := range flag.Envs {
		if _, set := os.LookupEnv(variable); set {
			return nil, nil
		}
	}
	return s[flag.Name], nil
}
