// The settings: a control for each, and the address in which all of them stand.

const MORE = ["initializer", "optimizer", "momentum", "l1", "images"];
const INVITATION =
  "Choose a setting to read what it does. All of them stand in the address: whoever opens it sees the same.";

export class Controls {
  // `changed` is told the name of a setting that has a new value.
  constructor(settings, changed) {
    this.settings = settings;
    this.plain = document.getElementById("plain");
    this.help = document.getElementById("help");
    this.fields = {};
    for (const setting of settings) this.add(setting, changed);
    const form = document.getElementById("settings");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("focusout", () => this.explain(null));
    this.plain.addEventListener("click", () => {
      this.show(!document.body.classList.contains("plain"));
      this.write();
    });
    this.read();
    this.explain(null);
  }

  add(setting, changed) {
    const { name, label, value, choices } = setting;
    const field = choices.length ? document.createElement("select") : document.createElement("input");
    const box = document.createElement("label");
    const called = document.createElement("span");
    called.textContent = label;
    field.id = `setting-${name}`;
    field.setAttribute("aria-describedby", "help");
    if (choices.length) field.append(...choices.map((choice) => new Option(choice || "as usual", choice)));
    else field.autocomplete = "off";
    field.value = value;
    field.addEventListener("focus", () => this.explain(setting));
    field.addEventListener("change", () => {
      this.write();
      changed(name);
    });
    box.append(called, field);
    document.getElementById(MORE.includes(name) ? "more" : "controls").append(box);
    this.fields[name] = field;
  }

  explain(setting) {
    this.help.textContent = setting
      ? `${setting.label}: ${setting.help}${setting.needed ? ` Give ${setting.needed}.` : ""}`
      : INVITATION;
  }

  // What is taken while a field is blank.
  follow(name, value) {
    this.fields[name].placeholder = String(value);
  }

  // By name, as they are typed.
  get values() {
    return Object.fromEntries(Object.entries(this.fields).map(([name, { value }]) => [name, value]));
  }

  // What the address says, and for all else the values at first.
  read() {
    const asked = new URLSearchParams(location.search);
    for (const { name, value } of this.settings) this.fields[name].value = asked.get(name) ?? value;
    this.show(asked.has("plain"));
    const hidden = MORE.some((name) => asked.has(name));
    if (hidden) document.querySelector("#settings details").open = true;
  }

  write() {
    const said = new URLSearchParams();
    for (const { name, value } of this.settings) {
      if (this.fields[name].value !== value) said.set(name, this.fields[name].value);
    }
    if (document.body.classList.contains("plain")) said.set("plain", "");
    const text = said.toString().replace(/=(&|$)/g, "$1").replaceAll("%2C", ",").replaceAll("%2F", "/");
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
  }

  show(plain) {
    document.body.classList.toggle("plain", plain);
    this.plain.textContent = plain ? "Show the settings" : "Hide the settings";
    this.plain.setAttribute("aria-pressed", plain);
  }
}
